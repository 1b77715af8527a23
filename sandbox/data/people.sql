-- People: who works here, what they earn, how they learn and how they get hurt.

INSERT INTO corporate.hr.departments VALUES
    (1, 'Renewables operations'), (2, 'Thermal operations'), (3, 'Nuclear operations'), (4, 'Grid operations'),
        (5, 'Sales and customers'), (6, 'Trading'), (7, 'Finance'),
    (8, 'Human resources'), (9, 'Digital and data'), (10, 'Procurement');

INSERT INTO corporate.hr.employees BY NAME
SELECT n::INT AS employee_id, 1 + floor(noise(n, 602) ** 1.2 * 10)::INT AS department_id,
    pick(['France', 'France', 'France', 'Germany', 'Germany', 'Spain', 'Italy', 'Belgium', 'Portugal'],
        noise(n, 603)) AS country,
       pick(['engineer', 'engineer', 'technician', 'technician', 'operator', 'manager', 'support'],
           noise(n, 604)) AS job_family,
       CASE WHEN noise(n, 605) < 0.84 THEN 'permanent' WHEN noise(n, 605) < 0.92 THEN 'fixed-term'
           WHEN noise(n, 605) < 0.98 THEN 'apprentice' ELSE 'intern' END AS contract_type, hired AS hired_on,
       CASE WHEN noise(n, 606) < 0.22 THEN CASE WHEN greatest(hired + 120, DATE '2019-01-15')
           + (noise(n, 607) * 2600)::INT <= DATE '2026-10-31'
            THEN greatest(hired + 120, DATE '2019-01-15') + (noise(n, 607) * 2600)::INT END END AS left_on,
                noise(n, 608) < 0.13 AS part_time
FROM (SELECT n, DATE '1992-01-01' + (noise(n, 601) ** 0.6 * 12600)::INT AS hired FROM range(1, 3201) AS r(n));

INSERT INTO corporate.hr.headcount_monthly BY NAME
SELECT e.department_id, e.country, m.month, count(*)::INT AS headcount,
    sum(CASE WHEN part_time THEN 0.7 ELSE 1 END) AS fte
FROM corporate.hr.employees AS e JOIN months AS m ON e.hired_on <= last_day(m.month)
    AND (e.left_on IS NULL OR e.left_on > last_day(m.month)) GROUP BY ALL;

INSERT INTO corporate.hr.salaries_yearly BY NAME
SELECT employee_id, y.year, round(CASE job_family WHEN 'manager' THEN 68000 WHEN 'engineer' THEN 52000 WHEN 'support'
    THEN 39000 WHEN 'technician' THEN 36000 ELSE 33500 END
           * CASE contract_type WHEN 'intern' THEN 0.3 WHEN 'apprentice' THEN 0.42 ELSE 1 END
               * (0.85 + 0.45 * noise(employee_id, 611)) * 1.021 ** (y.year - 2019), 2) AS gross_salary_eur,
       CASE WHEN contract_type = 'permanent' AND noise(employee_id * 10 + y.year, 612) < 0.7
           THEN round(500 + 7000 * noise(employee_id * 10 + y.year, 613) ** 2, 2) END AS bonus_eur
FROM corporate.hr.employees JOIN (SELECT unnest(range(2019, 2026))::INT AS year) AS y ON year(hired_on) <= y.year
    AND (left_on IS NULL OR year(left_on) >= y.year);

INSERT INTO corporate.hr.training_sessions BY NAME
SELECT n::INT AS session_id, e.employee_id, greatest(e.hired_on, DATE '2021-01-04')
    + (noise(n, 622) * date_diff('day', greatest(e.hired_on, DATE '2021-01-04'),
        coalesce(e.left_on, DATE '2026-10-30')))::INT AS session_date,
       pick(['Habilitation électrique', 'Travail en hauteur', 'Cybersécurité', 'Management', 'Premiers secours', NULL],
           noise(n, 623)) AS theme, 3.5 * (1 + floor(noise(n, 624) * 4)) AS hours
FROM (SELECT n, 1 + floor(noise(n, 621) * 3200)::INT AS employee_id FROM range(1, 9001) AS r(n))
    JOIN corporate.hr.employees AS e USING (employee_id)
WHERE coalesce(e.left_on, DATE '2026-10-30') > greatest(e.hired_on, DATE '2021-01-04');

INSERT INTO corporate.safety.accidents BY NAME
SELECT n::INT AS accident_id, CASE WHEN noise(n, 632) < 0.8 THEN format('PL-{:03d}', f.id) END AS plant_id, f.country,
    day AS accident_date, noise(n, 634) < 0.41 AS is_contractor,
       pick(['hand', 'hand', 'back', 'leg', 'eye', 'head'], noise(n, 635)) AS body_part,
       CASE WHEN noise(n, 636) > 0.985 THEN 'critical' WHEN noise(n, 636) > 0.9 THEN 'high' WHEN noise(n, 636) > 0.6
           THEN 'medium' ELSE 'low' END AS severity,
       CASE WHEN noise(n, 636) > 0.45 THEN (1 + 90 * (noise(n, 636) - 0.45) ** 2 * (0.5 + noise(n, 637)))::INT
           ELSE 0 END AS lost_days
FROM (SELECT n, 1 + floor(noise(n, 631) * 39)::INT AS id, DATE '2019-01-01'
    + (noise(n, 633) ** 1.15 * 2860)::INT AS day FROM range(1, 901) AS r(n))
JOIN fleet AS f USING (id) WHERE f.closed_on IS NULL OR day <= f.closed_on;

INSERT INTO corporate.safety.hours_worked_monthly BY NAME
SELECT country, month, (sum(fte) * 148 * CASE month(month) WHEN 8 THEN 0.72 WHEN 12 THEN 0.86 ELSE 1 END
    * 1.35)::BIGINT AS hours_worked
FROM corporate.hr.headcount_monthly GROUP BY country, month;
