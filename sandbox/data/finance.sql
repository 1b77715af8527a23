-- Finance: what was billed and paid, what the units earned, what was invested.

INSERT INTO customers.billing.invoices BY NAME
SELECT (id * 1000 + n)::BIGINT AS invoice_id, id AS customer_id, issued AS invoice_date, issued + 30 AS due_date,
    round(net, 2) AS net_amount, round(net * 0.2, 2) AS vat_amount,
       CASE WHEN luck < 0.006 THEN 'cancelled' WHEN issued > DATE '2026-09-30' AND luck < 0.7 THEN 'open'
            WHEN issued > DATE '2026-01-01' AND luck < 0.09 OR luck < 0.012 THEN 'overdue' ELSE 'paid' END AS status
FROM (
    SELECT p.id, m.n, m.month + 2 + (noise(p.id, 301) * 24)::INT AS issued, noise(p.id * 100 + m.n, 302) AS luck,
           CASE p.segment WHEN 'residential' THEN 85 WHEN 'business' THEN 520 WHEN 'public' THEN 3900 ELSE 41000 END
               * (0.5 + noise(p.id, 303))
               * (1 + 0.3 * winter(m.month)) * (0.9 + 0.2 * noise(p.id * 100 + m.n, 304)) * CASE
                   WHEN m.month BETWEEN DATE '2022-01-01' AND DATE '2023-06-01' THEN 1.35 ELSE 1 END AS net
    FROM people AS p JOIN months AS m ON m.month >= p.created_on
);

INSERT INTO customers.billing.payments BY NAME
SELECT invoice_id * 10 + 1 AS payment_id, invoice_id,
    least(invoice_date + (4 + 33 * noise(invoice_id, 311))::INT, DATE '2026-10-31') AS paid_on, net_amount
        + vat_amount AS amount_eur,
       pick(['direct debit', 'direct debit', 'direct debit', 'card', 'transfer', 'cheque'],
           noise(customer_id, 312)) AS method
FROM customers.billing.invoices WHERE status = 'paid';

INSERT INTO customers.billing.overdue_monthly BY NAME
SELECT country, segment, date_trunc('month', invoice_date)::DATE AS month, sum(net_amount + vat_amount) AS overdue_eur,
    count(*)::INT AS overdue_invoices,
       sum(net_amount) * 0.4 AS provision_eur
FROM customers.billing.invoices JOIN customers.crm.customers USING (customer_id) WHERE status = 'overdue' GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE units AS
SELECT * FROM (VALUES (1, 'Renewables', 31.0, 0.52, 0.05), (2, 'Thermal', 64.0, 0.16, 0.12),
    (3, 'Nuclear', 88.0, 0.38, 0.08), (4, 'Supply', 240.0, 0.07, 0.26),
                      (5, 'Grid', 71.0, 0.44, 0.06), (6, 'Services', 38.0, 0.12, 0.03)) AS v(id, business_unit,
                          size_meur, margin, seasonal);

INSERT INTO corporate.finance.revenue_monthly BY NAME
SELECT business_unit, country, month, round(sales, 2) AS net_amount, round(sales * (1 - margin), 2) AS direct_cost,
    round(sales * (margin - 0.02), 2) AS ebitda
FROM (
    SELECT u.business_unit, c.country, m.month, u.margin + 0.05
        * wobble(u.id * 10000 + c.id * 100 + m.n, 321) AS margin,
           1e6 * u.size_meur * c.green_share * (1 + u.seasonal * winter(m.month)) * (1 + 0.003 * m.n)
               * (0.95 + 0.1 * noise(u.id * 10000 + c.id * 100 + m.n, 322))
               * CASE WHEN u.id IN (2, 3, 4) AND m.month BETWEEN DATE '2021-10-01' AND DATE '2023-03-01' THEN 1.6
                   ELSE 1 END AS sales
    FROM units AS u CROSS JOIN nations AS c CROSS JOIN months AS m
    WHERE c.id <= 9 AND (u.id <> 3 OR c.country IN ('France', 'Belgium'))
        AND (u.id <> 5 OR c.country IN ('France', 'Italy', 'Portugal'))
);

INSERT INTO corporate.finance.budget_yearly BY NAME
SELECT business_unit, year(month)::INT AS year,
    round(sum(net_amount) * (0.93 + 0.13 * noise(year(month) * 10 + any_value(u.id), 331)), -5) AS budget_amount
FROM corporate.finance.revenue_monthly JOIN units AS u USING (business_unit) WHERE year(month) < 2026
    GROUP BY business_unit, year(month);

INSERT INTO corporate.finance.capex_projects BY NAME
SELECT format('CX-{:03d}', n) AS project_id,
       pick(['Repowering ', 'Extension ', 'Digitalisation ', 'Raccordement ', 'Storage ', 'Retrofit '], noise(n, 341))
           || pick(['Mirande', 'Havelland', 'Tormal', 'Corvo', 'Waalhaven', 'Lausitz', 'Sereno', 'Charmes'],
               noise(n, 342)) || ' ' || n AS project_name,
       pick(['Renewables', 'Renewables', 'Thermal', 'Nuclear', 'Grid', 'Services'], noise(n, 343)) AS business_unit,
           pick(['France', 'France', 'Germany', 'Spain', 'Italy', 'Portugal', 'Netherlands'], noise(n, 344)) AS country,
       CASE WHEN started < DATE '2023-06-01' THEN CASE WHEN noise(n, 345) < 0.08 THEN 'stopped' ELSE 'completed' END
           WHEN started < DATE '2026-01-01' THEN 'construction'
            WHEN noise(n, 345) < 0.5 THEN 'approved' ELSE 'study' END AS status,
       round(1.2 + 180 * noise(n, 346) ** 3, 1) AS budget_meur, started AS start_date
FROM (SELECT n, DATE '2019-02-01' + (noise(n, 347) * 2850)::INT AS started FROM range(1, 71) AS r(n));

INSERT INTO corporate.finance.capex_spend_monthly BY NAME
SELECT p.project_id, m.month, p.budget_meur / 30
    * (0.5 + 1.05 * noise(right(p.project_id, 3)::INT * 100 + m.n, 351)) AS spend_meur
FROM corporate.finance.capex_projects AS p JOIN months AS m ON m.month >= p.start_date AND m.month < p.start_date
    + to_months(30)
WHERE p.status IN ('construction', 'completed');
