CREATE OR REPLACE FUNCTION {schema}.column_values(
  full_name STRING COMMENT 'Full name of the table: catalog.schema.table',
  of_column STRING COMMENT 'Name of the column',
  most INT DEFAULT 50 COMMENT 'How many values to return at most'
)
RETURNS TABLE (
  catalog_name STRING, schema_name STRING, table_name STRING, value STRING, occurrences BIGINT
)
COMMENT 'The distinct values of a column with few of them, such as countries or states, most frequent first.'
RETURN
  SELECT v.catalog_name, v.schema_name, v.table_name, v.value, v.occurrences
  FROM {schema}.published_values AS v
  WHERE lower(concat(v.catalog_name, '.', v.schema_name, '.', v.table_name)) = lower(column_values.full_name)
    AND lower(v.column_name) = lower(column_values.of_column)
  QUALIFY row_number() OVER (ORDER BY v.occurrences DESC, v.value) <= column_values.most
  ORDER BY v.occurrences DESC, v.value
