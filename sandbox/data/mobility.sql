-- E-mobility: where drivers charge, how much, and what the group itself drives.

INSERT INTO customers.mobility.charging_stations BY NAME
SELECT n::INT AS station_id, pick(['Aire ', 'Parking ', 'Place ', 'Hub '], noise(n, 801))
    || pick(['des Lilas', 'du Port', 'de la Gare', 'des Halles', 'du Stade', 'du Canal'], noise(n, 802)) || ' '
        || n AS station_name, country,
       CASE country WHEN 'France' THEN pick(['Paris', 'Lyon', 'Nantes', 'Lille', 'Bordeaux'], noise(n, 804))
           WHEN 'Germany' THEN pick(['Berlin', 'Köln'], noise(n, 804))
                    WHEN 'Spain' THEN pick(['Madrid', 'Valencia'], noise(n, 804)) WHEN 'Belgium'
                        THEN pick(['Bruxelles', 'Gent'], noise(n, 804)) ELSE 'Utrecht' END AS city, DATE '2020-03-01'
                            + (noise(n, 805) * 2000)::INT AS opened_on
FROM (SELECT n, pick(['France', 'France', 'France', 'Germany', 'Spain', 'Belgium', 'Netherlands'],
    noise(n, 803)) AS country FROM range(1, 141) AS r(n));

INSERT INTO customers.mobility.connectors BY NAME
SELECT station_id * 10 + k AS connector_id, station_id, class AS power_class, CASE class WHEN 'AC' THEN 22 WHEN 'DC'
    THEN 100 ELSE 300 END AS power_kw
FROM (SELECT station_id, k::INT AS k, pick(['AC', 'AC', 'DC', 'HPC'], noise(station_id, 811)) AS class
    FROM customers.mobility.charging_stations JOIN range(1, 9) AS r(k) ON k <= 2 + station_id % 5);

INSERT INTO customers.mobility.sessions BY NAME
SELECT n AS session_id, s.station_id, utc(started) AS started_at, (9 + 140 * noise(n, 823) ** 2)::INT AS duration_min,
    round(4 + 62 * noise(n, 824), 2) AS energy_kwh,
       round((4 + 62 * noise(n, 824)) * CASE WHEN noise(s.station_id, 811) >= 0.75 THEN 0.61
           WHEN noise(s.station_id, 811) >= 0.5 THEN 0.49 ELSE 0.33 END, 2) AS amount_eur,
       pick(['subscriber', 'subscriber', 'guest', 'fleet'], noise(n, 825)) AS user_type
FROM (SELECT n, 1 + floor(noise(n, 821) ** 1.4 * 140)::INT AS station_id,
    date_trunc('minute', TIMESTAMP '2021-01-01 05:00'
        + to_minutes((noise(n, 822) ** 0.62 * 2129 * 1440)::BIGINT)) AS started FROM range(1, 60001) AS r(n))
JOIN customers.mobility.charging_stations AS s USING (station_id) WHERE started >= s.opened_on;

INSERT INTO customers.mobility.station_utilisation_monthly BY NAME
SELECT s.station_id, m.month, clamp(6 + 0.16 * m.n + 18 * noise(s.station_id, 831) + 4
    * wobble(s.station_id * 100 + m.n, 832), 0.5, 78) AS utilisation_pct, 26
        * noise(s.station_id * 100 + m.n, 833) ** 4 AS downtime_h
FROM customers.mobility.charging_stations AS s JOIN months AS m ON m.month > s.opened_on;

INSERT INTO corporate.fleet.vehicles BY NAME
SELECT n::INT AS vehicle_id, CASE WHEN since > DATE '2024-01-01'
    THEN pick(['electric', 'electric', 'electric', 'hybrid'], noise(n, 842))
        ELSE pick(['diesel', 'diesel', 'petrol', 'hybrid', 'electric'], noise(n, 842)) END AS motorisation,
       pick(['France', 'France', 'Germany', 'Spain', 'Italy'], noise(n, 843)) AS country, since AS in_service_on
FROM (SELECT n, DATE '2018-06-01' + (noise(n, 841) * 2950)::INT AS since FROM range(1, 421) AS r(n));

INSERT INTO corporate.fleet.mileage_monthly BY NAME
SELECT v.vehicle_id, m.month, (350 + 2400 * noise(v.vehicle_id * 100 + m.n, 851))::INT AS distance_km
FROM corporate.fleet.vehicles AS v JOIN months AS m ON m.month >= v.in_service_on AND m.month >= DATE '2023-01-01';
