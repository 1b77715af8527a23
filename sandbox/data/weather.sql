-- Weather: what the stations saw, and how hard it made us heat or cool.

CREATE OR REPLACE TEMP TABLE posts AS
SELECT row_number() OVER ()::INT AS id, * FROM (VALUES
    ('Paris', 'France', 75, 12.1, 1650), ('Lyon', 'France', 197, 12.9, 2000), ('Marseille', 'France', 9, 15.9, 2860),
        ('Brest', 'France', 94, 11.5, 1530),
    ('Strasbourg', 'France', 150, 11.2, 1630), ('Lille', 'France', 47, 11.0, 1600),
        ('Berlin', 'Germany', 34, 10.1, 1650), ('Hamburg', 'Germany', 11, 9.6, 1560),
    ('München', 'Germany', 519, 9.4, 1750), ('Madrid', 'Spain', 667, 15.2, 2770), ('Sevilla', 'Spain', 34, 19.4, 2920),
        ('Milano', 'Italy', 122, 14.1, 1920),
    ('Roma', 'Italy', 21, 16.1, 2480), ('Bruxelles', 'Belgium', 55, 10.9, 1570),
        ('Rotterdam', 'Netherlands', -4, 10.8, 1670), ('Warszawa', 'Poland', 106, 9.3, 1750),
    ('Porto', 'Portugal', 93, 15.1, 2480), ('Aberdeen', 'United Kingdom', 65, 8.6, 1450),
        ('Luleå', 'Sweden', 17, 3.4, 1840), ('Split', 'Croatia', 122, 16.6, 2640)
) AS v(town, country, altitude, mean_temp, sun_hours);

INSERT INTO energy.weather.stations BY NAME
SELECT format('ST-{:02d}', id) AS station_id, town AS station_name, country, altitude AS altitude_m FROM posts;

INSERT INTO energy.weather.observations_daily BY NAME
SELECT format('ST-{:02d}', id) AS station_id, day AS observation_date, temp AS temp_avg_c,
    temp - 2.2 - swing AS temp_min_c, temp + 2.6 + swing AS temp_max_c,
       clamp(4.2 + 1.1 * winter(day) + 3.6 * wobble(c_id * 5000 + n, 3), 0.3, 19.0) AS wind_speed_ms,
       clamp(sun_hours / 365.0 * (1 - 0.55 * winter(day)) * 2.0 * luck, 0, 15.2) AS sunshine_h,
       CASE WHEN noise(id * 5000 + n, 404) > 0.997 THEN NULL WHEN luck > 0.45 THEN 0 ELSE 26
           * (0.45 - luck) ** 1.4 END AS rain_mm
FROM (
    SELECT p.*, c.id AS c_id, d.n, d.day, noise(p.id * 5000 + d.n, 402) AS luck, 4.5
        * noise(p.id * 5000 + d.n, 403) AS swing,
           p.mean_temp + 0.0002 * d.n - (8.3 + p.id % 4) * winter(d.day - 8) + 4.5
               * wobble(c.id * 5000 + d.n // 6, 400) + 2 * wobble(p.id * 5000 + d.n, 401) AS temp
    FROM posts AS p JOIN nations AS c USING (country) CROSS JOIN days AS d
);

INSERT INTO energy.weather.degree_days_monthly BY NAME
SELECT country, strftime(observation_date, '%Y-%m') AS month,
    sum(greatest(0, 18 - temp_avg_c)) / count(DISTINCT station_id) AS hdd,
       sum(greatest(0, temp_avg_c - 18)) / count(DISTINCT station_id) AS cdd
FROM energy.weather.observations_daily JOIN energy.weather.stations USING (station_id) GROUP BY ALL;
