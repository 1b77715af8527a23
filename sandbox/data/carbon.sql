-- Carbon: what the group emits, what it promised, what it surrenders, and the water it takes.

INSERT INTO energy.carbon.emissions_monthly BY NAME
SELECT u.business_unit, c.country, s.scope, m.month,
       u.size_meur * c.green_share * s.weight * u.carbon * (1 + 0.16 * winter(m.month)) * (1 - 0.0042 * m.n)
           * (0.92 + 0.16 * noise(u.id * 100000 + c.id * 1000 + s.scope * 100 + m.n, 701)) AS emissions_tco2e
FROM (SELECT *, CASE id WHEN 2 THEN 9000 WHEN 4 THEN 210 WHEN 5 THEN 160 ELSE 60 END AS carbon FROM units) AS u
CROSS JOIN (VALUES (1, 1.0), (2, 0.07), (3, 1.6)) AS s(scope, weight) CROSS JOIN months AS m
JOIN nations AS c ON c.id <= 8 AND (u.id <> 3 OR c.country IN ('France', 'Belgium'))
    AND (u.id <> 5 OR c.country IN ('France', 'Italy', 'Portugal'));

INSERT INTO energy.carbon.emission_targets BY NAME
SELECT scope, y.year, round(base * (1 - 0.042 * (y.year - 2019)), -4) AS target_tco2e
FROM (SELECT scope, sum(emissions_tco2e) AS base FROM energy.carbon.emissions_monthly WHERE year(month) = 2019
    GROUP BY scope) CROSS JOIN (SELECT unnest(range(2020, 2031))::INT AS year) AS y;

INSERT INTO energy.carbon.allowance_balances BY NAME
SELECT plant_id, year AS compliance_year, emitted AS verified_emissions_t,
    (emitted * 0.06)::BIGINT AS free_allocation_t,
        (emitted * (0.88 + 0.1 * noise(right(plant_id, 3)::INT * 100 + year, 711)))::BIGINT AS purchased_t
FROM (SELECT plant_id, year(month)::INT AS year,
    (sum(generated_mwh) * any_value(CASE plant_type WHEN 'coal' THEN 0.92 ELSE 0.37 END))::BIGINT AS emitted
      FROM energy.generation.plant_generation_monthly JOIN energy.generation.plants USING (plant_id)
          WHERE plant_type IN ('gas', 'coal') AND year(month) < 2026 GROUP BY plant_id, year(month));

INSERT INTO energy.carbon.certificates_monthly BY NAME
SELECT country, source AS technology, month, (generation_gwh * 140)::INT AS issued,
    (generation_gwh * 140 * (0.7 + 0.28 * noise(length(country) * 10000 + length(source) * 1000 + year(month) * 12
        + month(month), 721)))::INT AS cancelled,
       0.6 + CASE WHEN year(month) IN (2022, 2023) THEN 4.4 ELSE 0.5 END
           * (0.6 + 0.8 * noise(year(month) * 12 + month(month), 722)) AS avg_price_eur
FROM energy.renewables.renewable_mix_monthly WHERE month >= DATE '2021-01-01' AND source <> 'biomass'
    AND country IN ('France', 'Germany', 'Spain', 'Portugal', 'Sweden', 'Denmark');

INSERT INTO energy.carbon.water_withdrawal BY NAME
SELECT plant_id, year(month)::INT AS yr,
    (sum(generated_mwh) * CASE any_value(plant_type) WHEN 'nuclear' THEN 150 ELSE 62 END)::BIGINT AS m3
FROM energy.generation.plant_generation_monthly JOIN energy.generation.plants USING (plant_id)
    WHERE plant_type IN ('nuclear', 'coal', 'gas') AND year(month) BETWEEN 2022 AND 2025 GROUP BY plant_id, year(month);
