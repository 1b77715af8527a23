CREATE OR REPLACE FUNCTION {schema}.product_tables(
  product STRING COMMENT 'Identifier of the data product'
)
RETURNS TABLE (
  catalog_name STRING, schema_name STRING, table_name STRING, label STRING, comment STRING
)
COMMENT 'The tables that a data product publishes and that you may see, with what Unity Catalog says about them.'
RETURN
  SELECT t.catalog_name, t.schema_name, t.table_name, t.label, known.comment
  FROM {schema}.published_tables AS t
  JOIN system.information_schema.tables AS known
    ON known.table_catalog = t.catalog_name
    AND known.table_schema = t.schema_name
    AND known.table_name = t.table_name
  WHERE lower(t.product_id) = lower(product_tables.product)
  ORDER BY t.catalog_name, t.schema_name, t.table_name
