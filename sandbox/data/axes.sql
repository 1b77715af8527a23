-- What every other script counts on: deterministic noise, the seasons, the months and days that are covered, the
-- countries with their size. Temporary, so that the warehouse never sees it.

-- Uniform in [0, 1) for an integer key and an integer salt. Arithmetic rather than hash(), whose values may change with
-- the engine's version; it names each argument once, because macros are expanded as text and planning would suffer.
CREATE OR REPLACE TEMP MACRO noise(k, salt) AS
    ((sin(k * 12.9898e0 + salt * 78.233e0) + 2) * 4375854530e0)::BIGINT % 1048576 / 1048576e0;
-- Bell-shaped around 0, within (-1, 1).
CREATE OR REPLACE TEMP MACRO wobble(k, salt) AS
    (noise(k, salt) + noise(k, salt + 101) + noise(k, salt + 202)) / 1.5 - 1;
CREATE OR REPLACE TEMP MACRO clamp(x, low, high) AS greatest(low, least(high, x));
-- 1 in mid-January, -1 in mid-July.
CREATE OR REPLACE TEMP MACRO winter(d) AS cos(2 * pi() * (dayofyear(d) - 15) / 365.25);
CREATE OR REPLACE TEMP MACRO utc(t) AS t AT TIME ZONE 'UTC';
CREATE OR REPLACE TEMP MACRO pick(list, x) AS list[1 + floor(x * len(list))::INT];

CREATE OR REPLACE TEMP TABLE months AS
SELECT n::INT AS n, (DATE '2019-01-01' + to_months(n::INT))::DATE AS month FROM range(94) AS r(n);

CREATE OR REPLACE TEMP TABLE days AS
SELECT n::INT AS n, DATE '2019-01-01' + n::INT AS day FROM range(2861) AS r(n);

CREATE OR REPLACE TEMP TABLE weeks AS
SELECT n::INT AS n, DATE '2019-01-07' + 7 * n::INT AS week FROM range(408) AS r(n);

CREATE OR REPLACE TEMP TABLE nations AS
SELECT row_number() OVER ()::INT AS id, * FROM (VALUES
    ('France', 'FR', 1.00, 50.0, 11.5, 'Western Europe', 68.4),
    ('Germany', 'DE', 1.42, 56.0, 9.8, 'Western Europe', 84.5),
    ('Spain', 'ES', 0.88, 27.0, 15.6, 'Southern Europe', 48.6),
    ('Italy', 'IT', 0.79, 33.0, 14.2, 'Southern Europe', 58.9),
    ('Belgium', 'BE', 0.19, 9.5, 10.6, 'Western Europe', 11.8),
    ('Netherlands', 'NL', 0.31, 13.0, 10.3, 'Western Europe', 18.0),
    ('Poland', 'PL', 0.36, 19.5, 8.7, 'Central Europe', 36.6),
    ('Portugal', 'PT', 0.21, 5.8, 16.4, 'Southern Europe', 10.6),
    ('United Kingdom', 'GB', 0.95, 31.0, 10.1, 'Northern Europe', 68.3),
    ('Sweden', 'SE', 0.57, 15.0, 5.1, 'Northern Europe', 10.6),
    ('Denmark', 'DK', 0.18, 4.1, 8.8, 'Northern Europe', 6.0),
    ('Croatia', 'HR', 0.07, 2.1, 13.2, 'Southern Europe', 3.9)
) AS v(country, code, green_share, load_gw, mean_temp_c, region, population_m);
