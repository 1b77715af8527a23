-- Generation: the plants of the group, what they produced, when they stood still and what they burn.

CREATE OR REPLACE TEMP TABLE fleet AS
SELECT row_number() OVER ()::INT AS id, * FROM (VALUES
    ('Rives-de-Laudun', 'France', 'nuclear', 3640.0, DATE '1984-04-02', NULL::DATE, 100.0, 44.1, 4.7),
    ('Champ-Bertin', 'France', 'nuclear', 2600.0, DATE '1987-12-15', NULL, 100.0, 47.7, 2.5),
    ('Port-Salins', 'France', 'gas', 430.0, DATE '2009-10-01', NULL, 100.0, 43.4, 4.9),
    ('Val-de-Selle', 'France', 'gas', 585.0, DATE '2016-03-20', NULL, 100.0, 50.3, 3.4),
    ('Saint-Avre', 'France', 'coal', 595.0, DATE '1981-11-11', DATE '2022-03-31', 100.0, 49.1, 6.7),
    ('Serre-Haute', 'France', 'hydro', 380.0, DATE '1961-06-01', NULL, 100.0, 44.5, 6.3),
    ('Gorges de Vaur', 'France', 'hydro', 92.0, DATE '1954-05-05', NULL, 100.0, 44.2, 2.9),
    ('Plateau de Mirande', 'France', 'wind', 86.4, DATE '2012-09-01', NULL, 100.0, 48.3, 1.9),
    ('Baie des Aigrettes', 'France', 'wind', 496.0, DATE '2023-05-10', NULL, 50.0, 48.9, -2.5),
    ('Garrigue de Clavel', 'France', 'solar', 40.0, DATE '2016-06-01', NULL, 100.0, 44.1, 3.2),
    ('Forêt-Noirmont', 'France', 'biomass', 62.0, DATE '2015-01-15', NULL, 80.0, 45.8, 1.3),
    ('Lippe Kraftwerk', 'Germany', 'coal', 820.0, DATE '1993-02-01', NULL, 100.0, 51.7, 7.8),
    ('Niederrhein', 'Germany', 'gas', 876.0, DATE '2013-09-30', NULL, 100.0, 51.4, 6.7),
    ('Havelland Nord', 'Germany', 'wind', 115.2, DATE '2015-03-12', NULL, 100.0, 52.6, 12.6),
    ('Borkumer Grund', 'Germany', 'wind', 402.0, DATE '2016-10-01', NULL, 60.0, 54.0, 6.4),
    ('Lausitz Sonne', 'Germany', 'solar', 70.0, DATE '2019-10-30', NULL, 100.0, 51.6, 14.0),
    ('Spreewald Biomasse', 'Germany', 'biomass', 35.0, DATE '2010-04-01', NULL, 100.0, 51.9, 14.0),
    ('Emsland Süd', 'Germany', 'nuclear', 1330.0, DATE '1988-06-20', DATE '2023-04-15', 75.0, 52.5, 7.3),
    ('Bahía Larga', 'Spain', 'gas', 1240.0, DATE '2005-07-01', NULL, 100.0, 37.2, -6.9),
    ('Tormal', 'Spain', 'hydro', 560.0, DATE '1970-10-10', NULL, 100.0, 41.2, -6.5),
    ('Sierra del Alba', 'Spain', 'wind', 148.0, DATE '2010-02-18', NULL, 100.0, 42.4, -3.6),
    ('Campo de Azafrán', 'Spain', 'solar', 205.0, DATE '2020-12-01', NULL, 100.0, 38.9, -3.5),
    ('Puerto Gris', 'Spain', 'coal', 1050.0, DATE '1985-05-28', DATE '2020-06-30', 100.0, 43.4, -7.9),
    ('Golfo Azzurro', 'Italy', 'gas', 790.0, DATE '2008-11-04', NULL, 51.0, 40.9, 14.3),
    ('Lago Sereno', 'Italy', 'hydro', 210.0, DATE '1958-08-08', NULL, 100.0, 46.0, 9.2),
    ('Piana del Sole', 'Italy', 'solar', 60.0, DATE '2017-03-03', NULL, 100.0, 37.4, 14.4),
    ('Maasdijk', 'Belgium', 'nuclear', 1008.0, DATE '1985-09-01', NULL, 89.8, 50.5, 5.2),
    ('Gentse Haven', 'Belgium', 'gas', 305.0, DATE '2010-01-01', NULL, 100.0, 51.1, 3.8),
    ('Noordrif', 'Netherlands', 'wind', 752.5, DATE '2022-12-01', NULL, 50.0, 53.0, 4.2),
    ('Waalhaven', 'Netherlands', 'gas', 1304.0, DATE '2011-05-16', NULL, 100.0, 51.9, 4.4),
    ('Górny Śląsk', 'Poland', 'coal', 1345.0, DATE '1996-12-12', NULL, 100.0, 50.2, 19.1),
    ('Barragem do Corvo', 'Portugal', 'hydro', 420.0, DATE '1978-03-03', NULL, 100.0, 41.7, -8.1),
    ('Herdade da Luz', 'Portugal', 'solar', 118.0, DATE '2019-03-01', NULL, 100.0, 38.2, -7.9),
    ('Firth Sound', 'United Kingdom', 'wind', 588.0, DATE '2019-04-01', NULL, 25.0, 57.9, -2.8),
    ('Teesbank', 'United Kingdom', 'gas', 850.0, DATE '2014-08-15', NULL, 100.0, 54.6, -1.2),
    ('Storvattnet', 'Sweden', 'hydro', 640.0, DATE '1967-09-17', NULL, 100.0, 64.8, 19.2),
    ('Sjøklint', 'Denmark', 'wind', 406.7, DATE '2018-08-20', NULL, 49.9, 55.9, 7.9),
    ('Jutland Biomasse', 'Denmark', 'biomass', 95.0, DATE '2012-02-02', NULL, 100.0, 56.2, 9.4),
    ('Plavo Jezero', 'Croatia', 'hydro', 72.0, DATE '1971-07-07', NULL, 100.0, 44.9, 15.6)
) AS v(plant_name, country, plant_type, capacity_mw, commissioned_on, closed_on, ownership_pct, lat, lon);

INSERT INTO energy.generation.plants BY NAME
SELECT format('PL-{:03d}', id) AS plant_id, plant_name, country, plant_type, capacity_mw, commissioned_on, closed_on,
       closed_on IS NULL AS is_operational, ownership_pct, {'lat': lat::DOUBLE, 'lon': lon::DOUBLE} AS location
FROM fleet;

-- Thermal and nuclear sites have a unit per 450-1300 MW, the others one.
INSERT INTO energy.generation.plant_units BY NAME
SELECT format('PL-{:03d}-{}', id, unit) AS unit_id, format('PL-{:03d}', id) AS plant_id,
       capacity_mw / units AS unit_capacity_mw, commissioned_on + (240 * (unit - 1))::INT AS started_on
FROM (SELECT *, CASE plant_type WHEN 'nuclear' THEN ceil(capacity_mw / 1000)::INT WHEN 'gas'
    THEN ceil(capacity_mw / 450)::INT
                 WHEN 'coal' THEN ceil(capacity_mw / 620)::INT WHEN 'hydro' THEN 2 ELSE 1 END AS units FROM fleet),
     LATERAL (SELECT unnest(range(1, units + 1)) AS unit);

-- Wind and sun are metered day by day already: a plant's month is the sum of its days there, to the last MWh.
CREATE OR REPLACE TEMP TABLE metered AS
SELECT site, date_trunc('month', day)::DATE AS month, sum(mwh) AS mwh
FROM (
    SELECT farm_name AS site, production_date AS day, produced_mwh AS mwh
    FROM energy.renewables.wind_production_daily JOIN energy.renewables.wind_farms USING (farm_id)
    UNION ALL
    SELECT park_name, production_date, produced_mwh
    FROM energy.renewables.solar_production_daily JOIN energy.renewables.solar_parks USING (park_id)
) GROUP BY ALL;

INSERT INTO energy.generation.plant_generation_monthly BY NAME
SELECT format('PL-{:03d}', id) AS plant_id, month, round(mwh, 3) AS generated_mwh,
       least(hours, hours * (0.25 + 0.9 * mwh / capacity_mw / hours)) AS operating_hours,
       100 * mwh / capacity_mw / hours AS load_factor_pct
FROM (
    SELECT f.id, f.capacity_mw::DOUBLE AS capacity_mw, m.month, 24 * day(last_day(m.month)) AS hours,
           coalesce(metered.mwh::DOUBLE, f.capacity_mw::DOUBLE * 24 * day(last_day(m.month))
               * clamp(t.mean + t.seasonal * winter(m.month) + t.spread * wobble(f.id * 1000 + m.n, 31) - t.trend * m.n,
                       0.0, 0.97)) AS mwh
    FROM fleet AS f
    LEFT JOIN (VALUES ('nuclear', 0.76, 0.10, 0.10, 0.0), ('gas', 0.36, 0.14, 0.16, 0.0008),
                      ('coal', 0.38, 0.12, 0.14, 0.0024), ('hydro', 0.33, 0.03, 0.14, 0.0),
                      ('biomass', 0.64, 0.05, 0.12, 0.0)) AS t(plant_type, mean, seasonal, spread, trend) USING (plant_type)
    JOIN months AS m ON m.month >= f.commissioned_on AND m.month <= coalesce(f.closed_on, DATE '2099-12-31')
    LEFT JOIN metered ON metered.site = f.plant_name AND metered.month = m.month AND f.plant_type IN ('wind', 'solar')
);

INSERT INTO energy.generation.outages BY NAME
SELECT 100000 + n AS outage_id, format('PL-{:03d}', id) AS plant_id, outage_type,
       CASE WHEN noise(n, 45) < 0.04 THEN NULL
            WHEN outage_type = 'planned' THEN pick(CASE WHEN plant_type = 'nuclear' THEN ['refuelling', 'inspection']
                                                        ELSE ['inspection', 'environmental limit'] END, noise(n, 46))
            ELSE pick(['turbine failure', 'grid constraint', 'turbine failure', 'environmental limit'],
                noise(n, 46)) END AS cause,
       utc(started) AS started_at, CASE WHEN started + span > TIMESTAMP '2026-10-31' THEN NULL
           ELSE utc(started + span) END AS ended_at,
       capacity_mw * epoch(span) / 3600 * (0.3 + 0.5 * noise(n, 47)) AS lost_mwh
FROM (
    SELECT n, f.*, CASE WHEN noise(n, 43) < 0.38 THEN 'planned' ELSE 'forced' END AS outage_type,
           date_trunc('minute', TIMESTAMP '2019-01-01' + to_minutes((noise(n, 41) * 2860 * 1440)::BIGINT)) AS started,
           to_hours((4 + 30 * noise(n, 44) + CASE WHEN noise(n, 43) < 0.38 THEN 24 * 25 * noise(n, 48)
               ELSE 0 END)::BIGINT) AS span
    FROM range(2400) AS r(n) JOIN fleet AS f ON f.id = 1 + floor(noise(n, 42) * 39)::INT
)
WHERE started >= commissioned_on AND started + span <= coalesce(closed_on, DATE '2099-12-31');

CREATE OR REPLACE TEMP TABLE burners AS
SELECT *, CASE plant_type WHEN 'nuclear' THEN 'uranium' ELSE plant_type END AS fuel,
       capacity_mw::DOUBLE * CASE plant_type WHEN 'nuclear' THEN 0.0025 WHEN 'coal' THEN 8.5
           ELSE 15.0 END AS tonnes_a_day
FROM fleet WHERE plant_type IN ('nuclear', 'coal', 'biomass');

INSERT INTO energy.generation.fuel_stocks_weekly BY NAME
SELECT format('PL-{:03d}', id) AS plant_id, week AS week_start, fuel, tonnes_a_day * autonomy AS stock_t,
       autonomy AS days_of_autonomy
FROM (
    SELECT b.*, w.week, (CASE fuel WHEN 'uranium' THEN 400 WHEN 'coal' THEN 42 ELSE 16 END
                         * (1 + 0.15 * winter(w.week) + 0.3 * wobble(b.id * 1000 + w.n, 51)))::INT AS autonomy
    FROM burners AS b JOIN weeks AS w ON w.week <= coalesce(b.closed_on, DATE '2099-12-31')
);

INSERT INTO energy.generation.fuel_deliveries BY NAME
SELECT row_number() OVER (ORDER BY day, id) AS delivery_id, format('PL-{:03d}', id) AS plant_id, day AS delivered_on,
    fuel,
       tonnes_a_day * (9 + 8 * noise(id * 5000 + n, 53)) AS quantity_t,
       CASE fuel WHEN 'coal' THEN 95 WHEN 'biomass' THEN 172 ELSE 1650000 END
           * CASE WHEN day BETWEEN DATE '2021-09-01' AND DATE '2023-03-31' THEN 1.9 ELSE 1 END
           * (0.9 + 0.2 * noise(id * 5000 + n, 54)) AS price_eur_t
FROM burners JOIN days ON noise(id * 5000 + n, 52) < CASE fuel WHEN 'uranium' THEN 0.004 ELSE 0.07 END
    AND day <= coalesce(closed_on, DATE '2099-12-31');
