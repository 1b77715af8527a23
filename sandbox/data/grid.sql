-- Grid: demand by the hour, incidents and what they cost in minutes, flows across the borders.

INSERT INTO energy.grid.load_hourly BY NAME
WITH demand AS MATERIALIZED (
    SELECT id, country, n, day, load_gw * 1000 AS mean, 0.32 * (0.6 + cold) AS swing,
        noise(id * 5000 + n, 63) < 0.004 AS is_estimated,
           1 + cold * winter(day) - CASE WHEN isodow(day) > 5 THEN 0.10 ELSE 0 END + 0.07 * wobble(id * 5000 + n, 61)
               -- The winter in which France was asked to save.
               - CASE WHEN country = 'France' AND day BETWEEN DATE '2022-10-01' AND DATE '2023-03-31' THEN 0.07
                   ELSE 0 END AS level
    FROM (SELECT *, CASE country WHEN 'France' THEN 0.27 WHEN 'Germany' THEN 0.13 WHEN 'Italy' THEN 0.03
        ELSE 0.07 END AS cold
          FROM nations WHERE country IN ('France', 'Germany', 'Spain', 'Italy'))
    CROSS JOIN days WHERE day >= DATE '2021-01-01'
), clock AS MATERIALIZED (
    SELECT h, cos(2 * pi() * (h - 18) / 24) ** 3 AS evening, CASE WHEN h < 5 THEN 0.11 ELSE 0 END AS night
        FROM range(24) AS r(h)
)
SELECT country, utc(day + to_hours(h)) AS hour,
       mean * (level + swing * evening - night + 0.02 * wobble((id * 4000 + n) * 24 + h, 62)) AS load_mw, is_estimated
FROM demand CROSS JOIN clock;

INSERT INTO energy.grid.substations BY NAME
SELECT n::INT AS substation_id, pick(['Les ', 'La ', 'Le ', 'Grand-', 'Vieux-', 'Saint-'], noise(n, 71))
           || pick(['Charmes', 'Peupliers', 'Moulins', 'Tilleuls', 'Verneuil', 'Clairvaux', 'Bruyères', 'Fontanes'],
               noise(n, 72))
           || ' ' || n AS substation_name,
       pick(['North', 'East', 'South', 'West', 'Centre'], noise(n, 73)) AS region,
       pick([63, 63, 90, 225], noise(n, 74)) AS voltage_kv,
           pick([20.0, 36.0, 40.0, 72.0], noise(n, 75)) AS transformer_mva
FROM range(1, 61) AS r(n);

INSERT INTO energy.grid.incidents BY NAME
SELECT 500000 + row_number() OVER (ORDER BY started, n) AS incident_id, 1
    + floor(noise(n, 82) * 60)::INT AS substation_id,
       utc(started) AS started_at, (6 + 55 * noise(n, 83) + 340 * noise(n, 84) ** 5 + CASE WHEN stormy THEN 45
           ELSE 0 END)::INT AS duration_min,
       (3 + 480 * noise(n, 85) + 9000 * noise(n, 86) ** 7)::INT AS customers_affected,
       CASE WHEN started > TIMESTAMP '2026-10-20' AND noise(n, 87) < 0.5 THEN NULL WHEN stormy THEN 'storm'
            ELSE pick(['equipment', 'equipment', 'third party', 'vegetation', 'overload', 'wildlife'],
                noise(n, 88)) END AS cause,
       CASE WHEN noise(n, 86) > 0.97 THEN 'critical' WHEN noise(n, 86) > 0.85 THEN 'high' WHEN noise(n, 85) > 0.45
           THEN 'medium'
            ELSE 'low' END AS severity
FROM (SELECT n, started, noise(n, 89) < 0.16 + 0.14 * winter(started) AS stormy
      FROM (SELECT n, date_trunc('minute', TIMESTAMP '2019-01-01'
          + to_minutes((noise(n, 81) * 2860 * 1440)::BIGINT)) AS started
            FROM range(9600) AS r(n)));

INSERT INTO energy.grid.reliability_monthly BY NAME
SELECT g.region, m.month, round(4.6 * g.weight * (1 + 0.22 * winter(m.month))
    * (0.7 + 0.6 * noise(g.id * 1000 + m.n, 91)) - 0.008 * m.n, 2) AS saidi_min,
       round(0.071 * g.weight * (0.8 + 0.4 * noise(g.id * 1000 + m.n, 92)), 4) AS saifi,
       (g.customers * (1 + 0.0007 * m.n))::INT AS customers
FROM (VALUES (1, 'North', 0.9, 1840000), (2, 'East', 1.0, 1310000), (3, 'South', 1.2, 2275000),
    (4, 'West', 1.1, 1965000),
             (5, 'Centre', 1.3, 880000)) AS g(id, region, weight, customers)
CROSS JOIN months AS m;

INSERT INTO energy.grid.interconnectors VALUES
    ('FR-DE', 'Germany', 4800), ('FR-BE', 'Belgium', 3300), ('FR-ES', 'Spain', 2800), ('FR-IT', 'Italy', 4350),
    ('FR-GB', 'United Kingdom', 4000);

-- In 2022 the flows turned: France imported for most of the year.
INSERT INTO energy.grid.flows_daily BY NAME
SELECT interconnector_id, day AS flow_date, capacity * 24 * clamp(tilt, 0.02, 0.95) AS export_mwh,
       capacity * 24 * clamp(0.72 - tilt * 1.1, 0.01, 0.9) AS import_mwh
FROM (
    SELECT i.interconnector_id, i.capacity_mw AS capacity, d.day,
           CASE i.interconnector_id WHEN 'FR-IT' THEN 0.68 WHEN 'FR-GB' THEN 0.55 WHEN 'FR-ES' THEN 0.38 ELSE 0.46 END
               - 0.12 * winter(d.day) - CASE WHEN year(d.day) = 2022 THEN 0.24 ELSE 0 END
               + 0.4 * wobble(i.capacity_mw * 3000 + d.n, 95) AS tilt
    FROM energy.grid.interconnectors AS i CROSS JOIN days AS d
);

INSERT INTO energy.grid.losses_monthly BY NAME
SELECT region, year(month) AS year, month(month) AS month, round(injected, 2) AS injected_gwh,
       round(injected * (0.058 + 0.008 * winter(month) + 0.006 * noise(year(month) * 12 + month(month), 97)),
           3) AS losses_gwh
FROM (SELECT region, month, customers * 0.00042 * (1 + 0.24 * winter(month)) AS injected
    FROM energy.grid.reliability_monthly)
WHERE month >= DATE '2023-01-01' AND region <> 'Centre';
