-- Customers: who they are, what they signed, what they use and what they ask for.

CREATE OR REPLACE TEMP TABLE people AS
SELECT n::INT AS id,
       CASE WHEN noise(n, 201) < 0.62 THEN 'residential' WHEN noise(n, 201) < 0.86 THEN 'business'
            WHEN noise(n, 201) < 0.95 THEN 'industry' ELSE 'public' END AS segment,
       pick(['France', 'France', 'France', 'France', 'Belgium', 'Belgium', 'Germany', 'Spain', 'Italy', 'Netherlands'],
           noise(n, 202)) AS country,
       DATE '2012-01-01' + (noise(n, 203) ** 0.8 * 5400)::INT AS created_on
FROM range(1, 1201) AS r(n);

-- What a site is expected to use in a year: signed in its contract, and what its meter then shows, give or take.
CREATE OR REPLACE TEMP MACRO yearly_mwh(segment, site_id) AS
    CASE segment WHEN 'residential' THEN 3 + 9 * noise(site_id, 236) WHEN 'business' THEN 15 + 70 * noise(site_id, 236)
                 WHEN 'public' THEN 120 + 600 * noise(site_id, 236) ELSE 900 + 11000 * noise(site_id, 236) END;

INSERT INTO customers.crm.customers BY NAME
SELECT id AS customer_id,
       CASE segment
           WHEN 'residential' THEN 'Household ' || id
           WHEN 'public' THEN pick(['Ville de ', 'Métropole de ', 'Communauté de '], noise(id, 211))
               || pick(['Mirecy', 'Valbourg', 'Sornac', 'Lindel', 'Quervain'], noise(id, 212)) || ' ' || id
           ELSE pick(['Boulangerie ', 'Atelier ', 'Garage ', 'Papeterie ', 'Aciérie ', 'Laiterie ', 'Verrerie ',
               'Logistique '], noise(id, 211))
                || pick(['Arnoux', 'Belval', 'Corvin', 'Delmas', 'Estève', 'Favier', 'Grandjean', 'Hertz'],
                    noise(id, 212)) || ' ' || id
       END AS customer_name,
       segment, country,
       CASE country WHEN 'France' THEN pick(['Paris', 'Lyon', 'Marseille', 'Lille', 'Nantes', 'Toulouse', 'Strasbourg',
           'Orléans'], noise(id, 213))
                    WHEN 'Belgium' THEN pick(['Bruxelles', 'Liège', 'Gent', 'Namur'], noise(id, 213))
                    WHEN 'Germany' THEN pick(['Köln', 'Berlin', 'Leipzig'], noise(id, 213)) WHEN 'Spain'
                        THEN pick(['Madrid', 'Sevilla', 'Málaga'], noise(id, 213))
                    WHEN 'Italy' THEN pick(['Milano', 'Torino', 'Roma'], noise(id, 213))
                        ELSE pick(['Utrecht', 'Rotterdam'], noise(id, 213)) END AS city,
       created_on, noise(id, 214) < 0.86 AS is_active, format('contact-{:04d}@example.org', id) AS email,
       CASE WHEN segment <> 'residential' THEN (35 + 65 * noise(id, 215))::INT END AS credit_score
FROM people;

INSERT INTO customers.crm.sites BY NAME
SELECT (id * 10 + s.s)::INT AS site_id, id AS customer_id, CASE WHEN s.s = 1 OR noise(id * 10 + s.s, 222) < 0.5
    THEN 'electricity' ELSE 'gas' END AS energy,
       CASE WHEN s.s = 1 OR noise(id * 10 + s.s, 222) < 0.5
            THEN CASE segment WHEN 'residential' THEN pick([6, 9, 9, 12], noise(id, 223)) WHEN 'business'
                THEN pick([18, 36, 60], noise(id, 223))
                              WHEN 'public' THEN pick([60, 120, 250], noise(id, 223))
                                  ELSE pick([250, 800, 2500], noise(id, 223)) END END AS subscribed_kva,
       noise(id * 10 + s.s, 224) < 0.88 AS has_smart_meter
FROM people JOIN (VALUES (1), (2), (3)) AS s(s) ON s.s = 1 OR noise(id, 220 + s.s) < CASE segment WHEN 'residential'
    THEN 0.18 ELSE 0.4 END;

INSERT INTO customers.contracts.offers VALUES
    ('EL-FIX', 'Fixe Sérénité', 'electricity', false, 142.50), ('EL-VERT', 'Vert Demain', 'electricity', true, 149.90),
    ('EL-HPHC', 'Heures Creuses', 'electricity', false, 137.20), ('EL-IDX', 'Index Pro', 'electricity', false, 118.40),
    ('EL-PPA', 'Corporate PPA', 'electricity', true, 96.00), ('GZ-FIX', 'Gaz Fixe', 'gas', false, 68.30),
    ('GZ-BIO', 'Biogaz Local', 'gas', true, 84.10), ('GZ-IDX', 'Gaz Index', 'gas', false, 57.60);

INSERT INTO customers.contracts.contracts BY NAME
SELECT row_number() OVER (ORDER BY s.site_id)::INT + 30000 AS contract_id, s.customer_id,
       CASE WHEN s.energy = 'gas' THEN pick(['GZ-FIX', 'GZ-FIX', 'GZ-BIO', 'GZ-IDX'], noise(s.site_id, 231))
            WHEN p.segment = 'residential' THEN pick(['EL-FIX', 'EL-FIX', 'EL-VERT', 'EL-HPHC'], noise(s.site_id, 231))
            WHEN p.segment = 'industry' THEN pick(['EL-IDX', 'EL-PPA'], noise(s.site_id, 231))
                ELSE pick(['EL-IDX', 'EL-VERT', 'EL-FIX'], noise(s.site_id, 231)) END AS offer_id,
       CASE WHEN NOT c.is_active THEN 'terminated' WHEN noise(s.site_id, 232) < 0.03 THEN 'suspended'
           ELSE 'active' END AS status,
       p.created_on + (noise(s.site_id, 233) * 90)::INT AS signed_on,
       CASE WHEN NOT c.is_active THEN least(p.created_on + 400 + (noise(s.site_id, 234) * 1500)::INT, DATE '2026-10-15')
            WHEN p.segment <> 'residential' THEN DATE '2026-12-31'
                + (365 * (noise(s.site_id, 235) * 4)::INT) END AS ends_on,
       yearly_mwh(p.segment, s.site_id) AS annual_volume_mwh
FROM customers.crm.sites AS s JOIN customers.crm.customers AS c USING (customer_id)
    JOIN people AS p ON p.id = s.customer_id;

INSERT INTO customers.metering.site_consumption_monthly BY NAME
SELECT s.site_id, m.month,
       1000.0 / 12 * usual * (1 + CASE s.energy WHEN 'gas' THEN 0.72 ELSE 0.24 END * winter(m.month))
           * (0.85 + 0.3 * noise(s.site_id * 100 + m.n, 241)) AS consumption_kwh,
       CASE WHEN s.has_smart_meter AND s.energy = 'electricity' THEN s.subscribed_kva
           * (0.45 + 0.1 * winter(m.month) + 0.4 * noise(s.site_id * 100 + m.n, 242)) END AS peak_kw
FROM (SELECT s.*, yearly_mwh(p.segment, s.site_id) AS usual, p.created_on
      FROM customers.crm.sites AS s JOIN people AS p ON p.id = s.customer_id) AS s
JOIN months AS m ON m.month >= s.created_on AND m.month >= DATE '2022-01-01';

INSERT INTO customers.marketing.churn_monthly BY NAME
SELECT country, segment, month, opening::INT AS customers_start, won::INT AS customers_won,
    lost::INT AS customers_lost, 100.0 * lost::INT / opening::INT AS churn_rate_pct
FROM (
    SELECT *, opening * rate * (0.7 + 0.6 * noise(c_id * 10000 + s_id * 1000 + n, 251)) AS lost, opening * rate
        * (0.75 + 0.65 * noise(c_id * 10000 + s_id * 1000 + n, 252)) AS won
    FROM (SELECT c.id AS c_id, c.country, s.id AS s_id, s.segment, s.rate, m.n, m.month, c.population_m * s.per_million
        * (1 + 0.002 * m.n) AS opening
          FROM nations AS c CROSS JOIN (VALUES (1, 'residential', 21000, 0.0125), (2, 'business', 1900, 0.0095),
              (3, 'industry', 24, 0.006), (4, 'public', 61, 0.004)) AS s(id, segment, per_million, rate)
          CROSS JOIN months AS m WHERE c.country IN ('France', 'Belgium', 'Germany', 'Spain', 'Italy', 'Netherlands'))
);

INSERT INTO customers.service.tickets BY NAME
SELECT 900000 + n AS ticket_id, 1 + floor(noise(n, 262) * 1200)::INT AS customer_id, utc(opened) AS opened_at,
       CASE WHEN opened < TIMESTAMP '2026-10-20' OR noise(n, 263) < 0.4
           THEN utc(opened + to_minutes((20 + 9000 * noise(n, 264) ** 4)::BIGINT)) END AS closed_at,
       pick(['phone', 'phone', 'phone', 'email', 'email', 'chat', 'app', 'app', 'branch'], noise(n, 265)) AS channel,
       CASE WHEN noise(n, 266) < 0.12 + 0.10 * winter(opened) THEN 'outage'
           ELSE pick(['billing', 'billing', 'move', 'contract', 'meter', 'complaint'], noise(n, 267)) END AS topic,
       (3 + 38 * noise(n, 268) ** 1.5)::INT AS handling_min,
       CASE WHEN noise(n, 269) < 0.42 THEN 1 + floor(5 * noise(n, 270) ** 0.55)::INT END AS satisfaction
FROM (SELECT n, date_trunc('minute', TIMESTAMP '2023-01-01 07:00'
    + to_minutes((noise(n, 261) * 1399 * 1440)::BIGINT)) AS opened FROM range(24000) AS r(n));
