-- The marketplace's metadata as `functions install` wrote it: what every asker may know about the data products.
CREATE OR REPLACE TABLE {schema}.products (
  id STRING COMMENT 'Identifier of the data product',
  name STRING,
  domain STRING,
  family STRING COMMENT 'source-aligned, aggregated or use-case-aligned',
  lifecycle STRING COMMENT 'proposed, draft, active, deprecated or retired',
  owner STRING COMMENT 'The team that owns it',
  contact STRING COMMENT 'Where the owner answers',
  description STRING,
  url STRING COMMENT 'Its page in the marketplace',
  version STRING,
  documentation INT COMMENT 'Score from 0 to 100',
  words STRING COMMENT 'Everything that it can be found by, in lower case'
) COMMENT 'Data products of the marketplace';

CREATE OR REPLACE TABLE {schema}.published_tables (
  product_id STRING,
  catalog_name STRING,
  schema_name STRING,
  table_name STRING,
  label STRING COMMENT 'Business name'
) COMMENT 'Which data product publishes which table';

CREATE OR REPLACE TABLE {schema}.published_values (
  catalog_name STRING,
  schema_name STRING,
  table_name STRING,
  column_name STRING,
  value STRING,
  occurrences BIGINT
) COMMENT 'Values of columns with few of them, without those of restricted products and filtered tables';
