-- Renewable energy: what was consumed, and what wind, sun and water gave.

-- The national series are an index of trend, season and noise. September 2025 is the audited month: one index point of
-- France is worth what makes that month 12 480 000 MWh, and every country scales with its share of France.
CREATE OR REPLACE TEMP TABLE green_index AS
SELECT country, code, green_share, month,
       green_share * (1 + 0.0046 * m.n) * (1 + 0.11 * winter(month))
           * (0.965 + 0.07 * noise(c.id * 1000 + m.n, 1)) AS points
FROM nations AS c CROSS JOIN months AS m;

INSERT INTO energy.renewables.green_energy_consumption BY NAME
SELECT country, strftime(month, '%Y-%m') AS month,
       points * 12480000 / (SELECT points FROM green_index WHERE country = 'France' AND month = DATE '2025-09-01')
           AS consumption_mwh
FROM green_index;

INSERT INTO energy.renewables.green_consumption_v1 BY NAME
SELECT g.code AS country_code, g.month AS period,
       round(c.consumption_mwh / 1000 * (0.97 + 0.05 * noise(year(g.month) * 12 + month(g.month), 2)), 1) AS conso_gwh
FROM green_index AS g
JOIN energy.renewables.green_energy_consumption AS c ON c.country = g.country AND c.month = strftime(g.month, '%Y-%m')
WHERE g.month < DATE '2025-01-01' AND g.code <> 'HR';

CREATE OR REPLACE TEMP TABLE farms AS
SELECT row_number() OVER ()::INT AS id, * FROM (VALUES
    ('Baie des Aigrettes', 'France', true, 496.0, 62, DATE '2023-05-10'),
    ('Plateau de Mirande', 'France', false, 86.4, 24, DATE '2012-09-01'),
    ('Crêtes du Sorbier', 'France', false, 57.5, 25, DATE '2009-04-15'),
    ('Val d''Orée', 'France', false, 42.0, 14, DATE '2017-11-20'),
    ('Landes de Kervez', 'France', false, 31.2, 13, DATE '2014-06-03'),
    ('Borkumer Grund', 'Germany', true, 402.0, 67, DATE '2016-10-01'),
    ('Havelland Nord', 'Germany', false, 115.2, 36, DATE '2015-03-12'),
    ('Eifelhöhe', 'Germany', false, 64.8, 18, DATE '2018-12-01'),
    ('Altmark Süd', 'Germany', false, 92.4, 22, DATE '2021-07-01'),
    ('Sierra del Alba', 'Spain', false, 148.0, 74, DATE '2010-02-18'),
    ('Llanos de Orona', 'Spain', false, 99.0, 33, DATE '2019-06-01'),
    ('Cabo Morro', 'Spain', false, 51.3, 27, DATE '2008-05-05'),
    ('Colle Ventoso', 'Italy', false, 60.0, 30, DATE '2011-10-10'),
    ('Monte Falco', 'Italy', false, 44.1, 21, DATE '2013-08-08'),
    ('Zeebank', 'Belgium', true, 218.4, 26, DATE '2020-09-15'),
    ('Noordrif', 'Netherlands', true, 752.5, 70, DATE '2022-12-01'),
    ('Polderwind', 'Netherlands', false, 79.2, 22, DATE '2016-04-04'),
    ('Pomorze Wschód', 'Poland', false, 94.0, 47, DATE '2014-01-20'),
    ('Serra da Nave', 'Portugal', false, 66.0, 33, DATE '2009-09-09'),
    ('Firth Sound', 'United Kingdom', true, 588.0, 84, DATE '2019-04-01'),
    ('Moorgate Hill', 'United Kingdom', false, 37.5, 15, DATE '2013-03-03'),
    ('Norrvind', 'Sweden', false, 180.6, 43, DATE '2020-02-01'),
    ('Sjøklint', 'Denmark', true, 406.7, 49, DATE '2018-08-20'),
    ('Velika Bura', 'Croatia', false, 45.0, 15, DATE '2021-10-01')
) AS v(farm_name, country, is_offshore, capacity_mw, turbine_count, commissioned_on);

INSERT INTO energy.renewables.wind_farms BY NAME
SELECT format('WF-{:03d}', id) AS farm_id, farm_name, country, is_offshore, capacity_mw, turbine_count, commissioned_on,
       CASE WHEN is_offshore THEN ['SG-8.0', 'V-164'] WHEN id % 3 = 0 THEN ['E-82', 'V-90']
           ELSE ['N-117'] END AS turbine_models
FROM farms;

-- One wind per country and day, a little of its own per farm.
CREATE OR REPLACE TEMP TABLE wind_days AS
SELECT f.id, f.capacity_mw, d.n, d.day, noise(f.id * 5000 + d.n, 6) AS luck,
       clamp(0.27 + CASE WHEN is_offshore THEN 0.14 ELSE 0 END + 0.09 * winter(d.day)
             + 0.34 * wobble(c.id * 5000 + d.n, 3) + 0.08 * wobble(f.id * 5000 + d.n, 4), 0.01, 0.96) AS load_factor
FROM farms AS f JOIN nations AS c USING (country) JOIN days AS d ON d.day >= f.commissioned_on;

INSERT INTO energy.renewables.wind_production_daily BY NAME
SELECT format('WF-{:03d}', id) AS farm_id, day AS production_date,
       capacity_mw::DOUBLE * 24 * load_factor * availability AS produced_mwh,
       CASE WHEN load_factor > 0.62 AND luck < 0.3 THEN capacity_mw::DOUBLE * 24 * 0.06 * luck
           ELSE 0 END AS curtailed_mwh,
       -- A day without SCADA link in a thousand: production is metered, availability is not known.
       CASE WHEN luck > 0.999 THEN NULL ELSE availability * 100 END AS availability_pct
FROM (SELECT *, CASE WHEN luck < 0.02 THEN 0.55 ELSE 0.93 + 0.07 * noise(id * 5000 + n, 5) END AS availability
    FROM wind_days);

INSERT INTO "legacy-lake".scada.wind_output BY NAME
SELECT upper(strip_accents(f.farm_name)) AS site_name, p.production_date AS ts, round(p.produced_mwh * 0.985, 1) AS mwh
FROM energy.renewables.wind_production_daily AS p JOIN energy.renewables.wind_farms AS f USING (farm_id)
WHERE f.country IN ('France', 'Germany') AND NOT f.is_offshore AND p.production_date < DATE '2024-01-01';

CREATE OR REPLACE TEMP TABLE parks AS
SELECT row_number() OVER ()::INT AS id, * FROM (VALUES
    ('Garrigue de Clavel', 'France', 48.5, true, 44.1, DATE '2016-06-01'),
    ('Causse Blanc', 'France', 22.0, false, 44.4, DATE '2013-05-12'),
    ('Les Terres Rouges', 'France', 31.8, false, 43.3, DATE '2020-03-25'),
    ('Étang de Lorme', 'France', 17.0, false, 47.2, DATE '2021-09-09'),
    ('Lausitz Sonne', 'Germany', 84.7, false, 51.6, DATE '2019-10-30'),
    ('Frankenwald', 'Germany', 26.3, false, 50.2, DATE '2014-07-07'),
    ('Campo de Azafrán', 'Spain', 250.0, true, 38.9, DATE '2020-12-01'),
    ('La Retama', 'Spain', 127.4, true, 37.6, DATE '2018-04-18'),
    ('Dehesa Clara', 'Spain', 64.0, true, 39.4, DATE '2022-05-05'),
    ('Piana del Sole', 'Italy', 73.5, true, 37.4, DATE '2017-03-03'),
    ('Valle Chiara', 'Italy', 38.2, false, 41.5, DATE '2015-08-21'),
    ('Kempenzon', 'Belgium', 14.6, false, 51.1, DATE '2016-09-01'),
    ('Zonneveld', 'Netherlands', 33.0, false, 52.4, DATE '2020-06-15'),
    ('Słoneczna Dolina', 'Poland', 55.0, false, 51.9, DATE '2022-08-01'),
    ('Herdade da Luz', 'Portugal', 142.0, true, 38.2, DATE '2019-03-01'),
    ('Otok Sunca', 'Croatia', 19.5, false, 43.9, DATE '2021-05-20')
) AS v(park_name, country, peak_power_mwp, tracker, latitude, commissioned_on);

INSERT INTO energy.renewables.solar_parks BY NAME
SELECT format('PV-{:02d}', id) AS park_id, park_name, country, peak_power_mwp, tracker, commissioned_on FROM parks;

INSERT INTO energy.renewables.solar_production_daily BY NAME
SELECT format('PV-{:02d}', id) AS park_id, day AS production_date,
       peak_power_mwp::DOUBLE * sun * CASE WHEN tracker THEN 0.93 ELSE 0.81 END AS produced_mwh,
           round(sun, 2) AS irradiation_kwh_m2
FROM (
    SELECT p.*, d.day,
           clamp((5.9 - (latitude - 37) * 0.13 - (2.1 + (latitude - 37) * 0.05) * winter(d.day))
                 * (0.55 + 0.45 * noise(c.id * 5000 + d.n, 7)) + 0.3 * wobble(p.id * 5000 + d.n, 8), 0.1, 8.9) AS sun
    FROM parks AS p JOIN nations AS c USING (country) JOIN days AS d ON d.day >= p.commissioned_on
);

INSERT INTO energy.renewables.reservoirs VALUES
    (1, 'Serre-Haute', 'France', 1270.0), (2, 'Lac de Brévent', 'France', 325.0),
        (3, 'Gorges de Vaur', 'France', 186.5),
    (4, 'Embalse de Tormal', 'Spain', 2480.0), (5, 'Lago Sereno', 'Italy', 240.0),
        (6, 'Barragem do Corvo', 'Portugal', 815.0),
    (7, 'Storvattnet', 'Sweden', 3100.0), (8, 'Hohe Talsperre', 'Germany', 98.0), (9, 'Plavo Jezero', 'Croatia', 142.0);

INSERT INTO energy.renewables.reservoir_levels_weekly BY NAME
SELECT reservoir_id, week AS week_start, fill_pct, volume_hm3 * fill_pct / 100
    * (0.35 + 0.05 * reservoir_id) AS stock_gwh
FROM (
    SELECT r.reservoir_id, r.volume_hm3::DOUBLE AS volume_hm3, w.week,
           round(clamp(61 - 21 * cos(2 * pi() * (dayofyear(w.week) - 110 - 6 * r.reservoir_id % 20) / 365.25)
                 + 9 * wobble(r.reservoir_id * 1000 + w.n // 9, 9) + 3 * wobble(r.reservoir_id * 1000 + w.n, 10), 8,
                     99.5), 2) AS fill_pct
    FROM energy.renewables.reservoirs AS r CROSS JOIN weeks AS w
);

INSERT INTO energy.renewables.renewable_mix_monthly BY NAME
SELECT c.country, s.source, m.month,
       c.load_gw * 730 * s.share * (1 + s.seasonal * winter(m.month)) * (1 + s.growth * m.n)
           * (0.88 + 0.24 * noise(c.id * 1000 + m.n, 11 + s.id))
               * (0.6 + 0.8 * noise(c.id, 20 + s.id)) AS generation_gwh
FROM nations AS c
CROSS JOIN (VALUES (1, 'wind', 0.14, 0.28, 0.0050), (2, 'solar', 0.07, -0.62, 0.0105), (3, 'hydro', 0.12, 0.05, 0.0),
                   (4, 'biomass', 0.035, 0.06, 0.0012)) AS s(id, source, share, seasonal, growth)
CROSS JOIN months AS m;
