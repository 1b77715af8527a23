CREATE OR REPLACE FUNCTION {schema}.find_products(
  search STRING COMMENT 'Words to look for, separated by blanks',
  most INT DEFAULT 10 COMMENT 'How many products to return at most'
)
RETURNS TABLE (
  id STRING, name STRING, domain STRING, family STRING, lifecycle STRING, owner STRING, description STRING,
  found INT
)
COMMENT 'Finds data products by words in their name, description, domain, owner, tables and columns; best match first.'
RETURN
  SELECT hit.id, hit.name, hit.domain, hit.family, hit.lifecycle, hit.owner, hit.description, hit.found
  FROM (
    SELECT
      p.id, p.name, p.domain, p.family, p.lifecycle, p.owner, p.description,
      CAST(size(filter(
        split(lower(find_products.search), ' '), word -> length(word) > 1 AND contains(p.words, word)
      )) AS INT) AS found,
      p.documentation
    FROM {schema}.products AS p
  ) AS hit
  WHERE hit.found > 0
  QUALIFY row_number() OVER (
    ORDER BY hit.found DESC, hit.lifecycle = 'active' DESC, hit.documentation DESC, hit.id
  ) <= find_products.most
  ORDER BY hit.found DESC, hit.lifecycle = 'active' DESC, hit.documentation DESC, hit.id
