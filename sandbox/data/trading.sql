-- Trading: power by the hour, forwards and gas by the day, and the books of the desk.

-- What gas cost, roughly, in each month: calm, the crisis of 2021-2022, the slow return.
CREATE OR REPLACE TEMP TABLE gas_days AS
SELECT *, CASE WHEN day < DATE '2020-01-01' THEN 15.0 WHEN day < DATE '2021-01-01' THEN 10.5
               WHEN day < DATE '2022-01-01' THEN 16.0 + 7.2 * month(day)
               WHEN day < DATE '2022-09-01' THEN 88.0 + 15.5 * month(day)
               WHEN day < DATE '2023-01-01' THEN 128.0 - 6.0 * (month(day) - 9)
               WHEN day < DATE '2024-01-01' THEN 54.0 - 1.2 * month(day)
               WHEN day < DATE '2025-01-01' THEN 30.0 + 1.1 * month(day)
               ELSE 41.0 - 0.35 * date_diff('month', DATE '2025-01-01', day) END::DOUBLE AS gas
FROM days;

-- Two peaks a day, a valley at noon that deepens as solar grows, cheap week-ends; the weather moves whole days.
INSERT INTO trading.prices.day_ahead_hourly BY NAME
WITH market AS MATERIALIZED (
    SELECT zone, zone_id, n, day, gas * slope
        * (1 + 0.16 * winter(day) - CASE WHEN isodow(day) > 5 THEN 0.13 ELSE 0 END)
               + 14 + 0.55 * gas * wobble(zone_id * 5000 + n, 111) AS base, 0.13 * gas * slope AS peak,
           sun * greatest(0, 1 - winter(day)) * (1 + 0.012 * n / 30.4) AS valley
    FROM (VALUES (1, 'FR', 1.72, 11.0), (2, 'DE-LU', 1.78, 14.5), (3, 'ES', 1.42, 17.0), (4, 'IT-North', 2.05, 7.0))
        AS z(zone_id, zone, slope, sun)
    CROSS JOIN gas_days WHERE day >= DATE '2021-01-01'
), clock AS MATERIALIZED (
    SELECT h, cos(2 * pi() * (h - 19) / 12) AS evening, greatest(0, cos(2 * pi() * (h - 12) / 24)) AS noon
        FROM range(24) AS r(h)
)
SELECT zone AS bidding_zone, utc(day + to_hours(h)) AS delivery_start,
       base + peak * evening - valley * noon + 5 * wobble((zone_id * 4000 + n) * 24 + h, 112) AS price_eur_mwh
FROM market CROSS JOIN clock;

INSERT INTO trading.prices.forward_quotes BY NAME
SELECT d.day AS quote_date, k.commodity, t.maturity,
       CASE k.commodity WHEN 'power' THEN 13 + 1.75 * gas * t.calm WHEN 'gas' THEN 1.05 * gas * t.calm
            WHEN 'coal' THEN 58 + 1.35 * gas * t.calm ELSE 24 + 0.022 * d.n - 0.000003 * d.n * d.n + t.id END
           * (1 + 0.03 * wobble(k.id * 5000 + d.n // 5, 121) + 0.012 * wobble(k.id * 5000 + d.n, 122) + 0.004
               * wobble(t.id * 5000 + d.n, 123)) AS price,
       CASE WHEN k.id <= 2 THEN 'EUR/MWh' ELSE 'EUR/t' END AS unit
FROM gas_days AS d
CROSS JOIN (VALUES (1, 'power'), (2, 'gas'), (3, 'coal'), (4, 'co2')) AS k(id, commodity)
CROSS JOIN (VALUES (1, 'M+1', 1.0), (2, 'Q+1', 0.97), (3, 'Y+1', 0.86), (4, 'Y+2', 0.74)) AS t(id, maturity, calm)
WHERE isodow(d.day) < 6;

INSERT INTO trading.prices.gas_hub_daily BY NAME
SELECT h.hub, d.day AS price_date,
       gas * (1 + 0.08 * winter(d.day) + 0.14 * wobble(d.n // 4, 131) + 0.04 * wobble(d.n, 132)) + h.spread + 0.3
           * wobble(h.id * 5000 + d.n, 133) AS price_eur_mwh
FROM (VALUES (1, 'TTF', 0.0), (2, 'PEG', 0.2), (3, 'THE', 0.6), (4, 'PVB', 0.4), (5, 'PSV', 2.1)) AS h(id, hub, spread)
    CROSS JOIN gas_days AS d;

INSERT INTO trading.prices.gas_storage_daily BY NAME
SELECT country, day AS gas_day, volume * fill / 100 AS stored_twh, fill AS fill_pct
FROM (
    SELECT s.country, s.volume, d.day, round(clamp(63 - 31 * cos(2 * pi() * (dayofyear(d.day) - 95) / 365.25) - CASE
        WHEN year(d.day) = 2021 THEN 12 ELSE 0 END
           + 3 * wobble(s.id * 5000 + d.n // 20, 141) + 0.4 * noise(s.id * 5000 + d.n, 142), 12, 99.8), 2) AS fill
    FROM (VALUES (1, 'France', 132.0), (2, 'Germany', 251.0), (3, 'Italy', 203.0), (4, 'Netherlands', 143.0),
        (5, 'Spain', 35.8)) AS s(id, country, volume)
    CROSS JOIN days AS d WHERE d.day >= DATE '2020-01-01'
);

INSERT INTO trading.positions.books VALUES
    ('BK-01', 'Power France', 'power', 2500), ('BK-02', 'Power Germany', 'power', 2200),
        ('BK-03', 'Gas prompt', 'gas', 1800),
    ('BK-04', 'Gas storage', 'gas', 1500), ('BK-05', 'Coal hedge', 'coal', 400), ('BK-06', 'Carbon', 'co2', 900),
        ('BK-07', 'Renewables PPA', 'power', 1200);

INSERT INTO trading.positions.positions_daily BY NAME
SELECT b.book_id, d.day AS position_date,
    round(18000 * wobble(b.id * 1000 + d.n // 15, 151) + 4000 * wobble(b.id * 5000 + d.n, 152), 1) AS net_position_mwh,
       b.var_limit_keur * 1000 * (0.004 + 0.34 * wobble(b.id * 5000 + d.n, 153)) * (0.5 + gas / 90) AS pnl_eur,
       b.var_limit_keur * clamp(0.42 + 0.3 * wobble(b.id * 1000 + d.n // 10, 154) + gas / 500, 0.05, 1.08) AS var_keur
FROM (SELECT *, right(book_id, 2)::INT AS id FROM trading.positions.books) AS b CROSS JOIN gas_days AS d
WHERE isodow(d.day) < 6 AND d.day >= DATE '2022-01-01';

INSERT INTO trading.positions.trades BY NAME
SELECT 700000 + t.n AS trade_id, format('BK-{:02d}', 1 + floor(noise(t.n, 162) ** 1.3 * 7)::INT) AS book_id,
    utc(traded) AS traded_at,
       CASE WHEN noise(t.n, 163) < 0.53 THEN 'buy' ELSE 'sell' END AS side, 5
           * (1 + (noise(t.n, 164) ** 3 * 900)::INT) AS volume_mwh,
       1.6 * gas * (0.9 + 0.2 * noise(t.n, 165)) AS price_eur_mwh,
       pick(['Nordhaven Energy', 'Alpica Trading', 'Meridiem SA', 'Rhône Négoce', 'Baltic Power OU', 'Iberluz',
           'Delta Clearing'], noise(t.n, 166)) AS counterparty
FROM (SELECT n, TIMESTAMP '2022-01-03 08:00' + to_days((n * 1762 // 14000)::INT)
    + to_seconds((noise(n, 161) * 36000)::BIGINT) AS traded FROM range(14000) AS r(n)) AS t
JOIN gas_days ON gas_days.day = traded::DATE;
