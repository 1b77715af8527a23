CREATE OR REPLACE FUNCTION {schema}.product_details(
  product STRING COMMENT 'Identifier or name of the data product'
)
RETURNS TABLE (
  id STRING, name STRING, domain STRING, family STRING, lifecycle STRING, owner STRING, contact STRING,
  description STRING, url STRING, version STRING, documentation INT
)
COMMENT 'Everything the marketplace says about one data product: owner, contact, domain, lifecycle, version, page.'
RETURN
  SELECT p.id, p.name, p.domain, p.family, p.lifecycle, p.owner, p.contact, p.description, p.url, p.version,
    p.documentation
  FROM {schema}.products AS p
  WHERE lower(p.id) = lower(product_details.product) OR lower(p.name) = lower(product_details.product)
