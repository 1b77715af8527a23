-- Procurement: suppliers, how good they are, and what was ordered from them. And the countries, for whoever joins on them.

INSERT INTO corporate.procurement.suppliers BY NAME
SELECT n::INT AS supplier_id, pick(['Nord', 'Alp', 'Hexa', 'Iber', 'Luso', 'Balt', 'Meri', 'Volt'], noise(n, 901))
    || pick(['tech', 'mec', 'bau', 'sol', 'log', 'chem'], noise(n, 902)) || ' ' || n AS supplier_name,
       pick(['France', 'France', 'Germany', 'Spain', 'Italy', 'Poland', 'Denmark', 'Netherlands'],
           noise(n, 903)) AS country, pick(['turbines', 'civil works', 'cables', 'IT', 'services', 'services',
               'chemicals'], noise(n, 904)) AS category,
       noise(n, 905) < 0.55 AS is_sme, CASE WHEN noise(n, 906) < 0.3 THEN ['ISO 9001', 'ISO 14001', 'ISO 45001']
           WHEN noise(n, 906) < 0.7 THEN ['ISO 9001'] ELSE [] END AS certifications
FROM range(1, 161) AS r(n);

INSERT INTO corporate.procurement.supplier_ratings BY NAME
SELECT supplier_id, year, (55 + 43 * noise(supplier_id * 10 + year, 911))::INT AS quality_score,
    (45 + 53 * noise(supplier_id * 10 + year, 912))::INT AS delivery_score,
       CASE WHEN noise(supplier_id * 10 + year, 913) < 0.8
           THEN (20 + 75 * noise(supplier_id * 10 + year, 914))::INT END AS esg_score
FROM corporate.procurement.suppliers CROSS JOIN (SELECT unnest(range(2020, 2026))::INT AS year);

INSERT INTO corporate.procurement.purchase_orders BY NAME
SELECT 4500000 + n AS order_id, 1 + floor(noise(n, 921) ** 1.5 * 160)::INT AS supplier_id, ordered AS ordered_on,
       CASE WHEN noise(n, 923) >= 0.02 AND ordered + span <= DATE '2026-10-31' THEN ordered + span END AS delivered_on,
           pick(['Renewables', 'Renewables', 'Thermal', 'Nuclear', 'Grid', 'Grid', 'Supply', 'Services'],
               noise(n, 924)) AS business_unit,
       CASE WHEN noise(n, 923) < 0.02 THEN 'cancelled' WHEN ordered + span > DATE '2026-10-31' THEN 'ordered'
           WHEN ordered + span > DATE '2026-09-20' THEN 'received' ELSE 'invoiced' END AS status
FROM (SELECT n, DATE '2020-01-02' + (noise(n, 922) * 2490)::INT AS ordered, 5 + (110 * noise(n, 925) ** 2)::INT AS span
    FROM range(1, 9001) AS r(n));

INSERT INTO corporate.procurement.purchase_order_lines BY NAME
SELECT o.order_id, k::INT AS line_no, pick(CASE s.category WHEN 'turbines' THEN ['Blade', 'Gearbox', 'Bearing']
    WHEN 'cables' THEN ['HV cable', 'MV cable', 'Joint'] WHEN 'IT' THEN ['Licence', 'Server', 'Consulting day']
                 WHEN 'civil works' THEN ['Foundation', 'Access road'] WHEN 'chemicals'
                     THEN ['Resin', 'Ammonia', 'Lubricant'] ELSE ['Inspection', 'Cleaning', 'Security',
                         'Catering'] END, noise(o.order_id * 10 + k, 931)) AS item,
       1 + (40 * noise(o.order_id * 10 + k, 932) ** 2)::INT AS quantity,
       round(CASE s.category WHEN 'turbines' THEN 210000 WHEN 'civil works' THEN 150000 WHEN 'cables' THEN 38000
           ELSE 12000 END * (0.05 + noise(o.order_id * 10 + k, 933) ** 3), 2) AS amount_eur
FROM corporate.procurement.purchase_orders AS o JOIN corporate.procurement.suppliers AS s USING (supplier_id)
    JOIN range(1, 5) AS r(k) ON k <= 1 + floor(noise(o.order_id, 934) * 4);

INSERT INTO corporate.procurement.supplier_risk_quarterly BY NAME
SELECT supplier_id, year || '-Q' || q AS quarter,
    (15 + 70 * noise(supplier_id * 100 + year * 4 + q, 941))::INT AS risk_score
FROM corporate.procurement.suppliers CROSS JOIN (SELECT unnest(range(2022, 2025))::INT AS year) CROSS
    JOIN (SELECT unnest(range(1, 5)) AS q) WHERE supplier_id <= 30;

INSERT INTO corporate.reference.countries BY NAME SELECT country, code AS country_code, region, population_m
    FROM nations;
