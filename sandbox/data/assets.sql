-- Maintenance: the equipment of the plants, the work done on it, and a model's guess of what breaks next.

INSERT INTO energy.assets.assets BY NAME
SELECT format('EQ-{:04d}', f.id * 20 + k) AS asset_id, format('PL-{:03d}', f.id) AS plant_id,
       pick(CASE plant_type WHEN 'wind' THEN ['turbine', 'transformer'] WHEN 'solar' THEN ['inverter', 'transformer']
           WHEN 'hydro' THEN ['turbine', 'generator', 'pump']
                 ELSE ['turbine', 'boiler', 'generator', 'transformer', 'pump'] END,
                     noise(f.id * 20 + k, 501)) AS asset_type,
       pick(['Borvest', 'Elmatec', 'Turbomec', 'Nordgen', 'Helvion'], noise(f.id * 20 + k, 502)) AS manufacturer,
       least(commissioned_on + (noise(f.id * 20 + k, 503) ** 2 * 6000)::INT, DATE '2026-06-30') AS installed_on,
       clamp(100 - 58 * noise(f.id * 20 + k, 504) - 20 * noise(f.id * 20 + k, 505) ** 3, 8, 100)::INT AS health_score,
           40 + 5200 * noise(f.id * 20 + k, 506) ** 3 AS replacement_cost_keur
FROM fleet AS f JOIN range(1, 13) AS r(k) ON k <= 4 + f.id % 9 WHERE f.closed_on IS NULL;

INSERT INTO energy.assets.technicians BY NAME
SELECT n::INT AS technician_id, pick(['Crew A', 'Crew B', 'Crew C', 'Night crew'], noise(n, 511)) AS crew,
       pick(['France', 'France', 'Germany', 'Spain', 'Italy', 'Portugal'], noise(n, 512)) AS base_country
           FROM range(1, 41) AS r(n);

CREATE OR REPLACE TEMP TABLE machines AS SELECT row_number() OVER (ORDER BY asset_id)::INT AS id, *
    FROM energy.assets.assets;

INSERT INTO energy.assets.work_orders BY NAME
SELECT 60000 + n AS work_order_id, m.asset_id,
       CASE WHEN requested < DATE '2026-10-15' OR noise(n, 529) < 0.5 THEN 1
           + floor(noise(n, 523) * 40)::INT END AS technician_id, order_type,
       CASE WHEN order_type = 'corrective' THEN pick(['P1', 'P2', 'P2', 'P3'], noise(n, 524))
           ELSE pick(['P3', 'P3', 'P4'], noise(n, 524)) END AS priority, requested AS requested_on,
       CASE WHEN requested + span <= DATE '2026-10-31' AND noise(n, 526) > 0.01 THEN requested
           + span END AS completed_on,
       1.5 + 30 * noise(n, 527) ** 2 AS labour_hours, (1.5 + 30 * noise(n, 527) ** 2) * 62 + CASE order_type
           WHEN 'corrective' THEN 14000 WHEN 'preventive' THEN 1800 ELSE 150 END * noise(n, 528) ** 3 AS cost_eur
FROM (SELECT n, 1 + floor(noise(n, 521) * (SELECT count(*) FROM machines))::INT AS id, DATE '2020-01-01'
    + (noise(n, 522) * 2494)::INT AS requested,
             pick(['preventive', 'preventive', 'corrective', 'inspection'], noise(n, 525)) AS order_type, 1
                 + (noise(n, 526) ** 2 * 45)::INT AS span FROM range(16000) AS r(n))
JOIN machines AS m USING (id);

INSERT INTO energy.assets.failure_risk_monthly BY NAME
SELECT asset_id, month, probability, CASE WHEN probability > 0.3 THEN 'high' WHEN probability > 0.12 THEN 'medium'
    ELSE 'low' END AS risk_level
FROM (SELECT a.asset_id, m.month, round((100 - a.health_score) / 100.0 * 0.6 * noise(a.id * 100 + m.n, 531),
    4) AS probability
      FROM machines AS a JOIN months AS m ON m.month >= DATE '2025-01-01'
          WHERE a.asset_type IN ('turbine', 'transformer'));
