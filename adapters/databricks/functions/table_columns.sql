CREATE OR REPLACE FUNCTION {schema}.table_columns(
  full_name STRING COMMENT 'Full name of the table: catalog.schema.table'
)
RETURNS TABLE (
  catalog_name STRING, schema_name STRING, table_name STRING, column_name STRING, column_type STRING, comment STRING
)
COMMENT 'The columns of a table that you may see: name, type and meaning, in the order of the table.'
RETURN
  SELECT c.table_catalog, c.table_schema, c.table_name, c.column_name, c.full_data_type, c.comment
  FROM system.information_schema.columns AS c
  WHERE lower(concat(c.table_catalog, '.', c.table_schema, '.', c.table_name)) = lower(table_columns.full_name)
  ORDER BY c.ordinal_position
