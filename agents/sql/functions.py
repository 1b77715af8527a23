"""The functions a statement may call, by the name it is written with. Without this list "read-only" would be a hope.

A name is allowed because it computes from its arguments alone, in bounded memory: no file, network, secret, identity,
model, foreign code, and nothing that makes a billion rows out of a number. Spark 4.3 has them all but
DATABRICKS_ONLY.
"""

from __future__ import annotations

DATES = """
    add_months convert_timezone curdate current_date current_time current_timestamp date_add date_diff date_format
    date_from_unix_date date_part date_sub date_trunc dateadd datediff datepart day dayname dayofmonth dayofweek
    dayofyear extract from_unixtime from_utc_timestamp hour last_day localtime localtimestamp make_date
    make_dt_interval make_interval make_time make_timestamp make_timestamp_ltz make_timestamp_ntz make_ym_interval
    minute month monthname months_between next_day now quarter second time_bucket time_diff time_trunc
    timestamp_micros timestamp_millis timestamp_seconds to_date to_time to_timestamp to_timestamp_ltz
    to_timestamp_ntz to_unix_timestamp to_utc_timestamp trunc try_make_interval try_make_timestamp
    try_make_timestamp_ltz try_make_timestamp_ntz try_to_date try_to_time try_to_timestamp unix_date unix_micros
    unix_millis unix_seconds unix_timestamp weekday weekofyear window year
"""

MATHEMATICS = """
    abs acos acosh asin asinh atan atan2 atanh bround cbrt ceil ceiling cos cosh cot csc degrees e exp expm1
    factorial floor greatest hypot least ln log log10 log1p log2 mod negative pi pmod positive pow power radians
    rint round sec sign signum sin sinh sqrt tan tanh try_add try_divide try_mod try_multiply try_subtract
    width_bucket
"""

AGGREGATES = """
    any any_value approx_count_distinct approx_percentile array_agg avg bit_and bit_or bit_xor bool_and bool_or
    collect_list collect_set corr count count_if covar_pop covar_samp every first first_value grouping grouping_id
    histogram_numeric kurtosis last last_value listagg max max_by mean measure median min min_by mode percentile
    percentile_approx percentile_cont percentile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope regr_sxx regr_sxy regr_syy skewness some std stddev stddev_pop stddev_samp string_agg sum try_avg
    try_sum var_pop var_samp variance
"""

WINDOWS = """
    counter_diff cume_dist dense_rank lag lead nth_value ntile percent_rank rank row_number
"""

TEXT = """
    ascii bit_length btrim char char_length character_length chr collate collation concat_ws contains decode elt
    endswith equal_null find_in_set format_number ilike initcap instr isnan isnotnull isnull jaro_winkler_similarity
    lcase left len length levenshtein like locate lower lpad ltrim luhn_check octet_length overlay position regexp
    regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like regexp_replace regexp_substr replace
    right rlike rpad rtrim soundex split split_part startswith substr substring substring_index to_char to_number
    to_varchar translate trim try_to_number ucase upper
"""

CHOICES_AND_CASTS = """
    bigint boolean cast coalesce date decimal double float if ifnull int nanvl nullif nullifzero nvl nvl2 smallint
    string time timestamp tinyint zeroifnull
"""

COLLECTIONS = """
    aggregate array array_append array_compact array_contains array_distinct array_except array_insert
    array_intersect array_join array_max array_min array_position array_prepend array_remove array_size array_sort
    array_union arrays_overlap arrays_zip cardinality concat element_at exists explode explode_outer filter flatten
    forall get inline inline_outer map map_concat map_contains_key map_entries map_filter map_from_arrays
    map_from_entries map_keys map_values map_zip_with named_struct posexplode posexplode_outer reduce reverse size
    slice sort_array stack str_to_map struct transform transform_keys transform_values try_element_at zip_with
"""

JSON_AND_OTHERS = """
    bit_count bit_get crc32 from_json get_json_object getbit hash is_valid_variant is_variant_null json_array_length
    json_object_keys md5 parse_json parse_url sha sha1 sha2 shiftleft shiftright shiftrightunsigned to_json
    try_parse_json try_parse_url try_url_decode try_variant_get url_decode variant_explode variant_explode_outer
    variant_get xxhash64
"""

DATABRICKS_ONLY = """
    charindex timestampadd timestampdiff
"""

ALLOWED = frozenset(
    " ".join(
        (
            DATES,
            MATHEMATICS,
            AGGREGATES,
            WINDOWS,
            TEXT,
            CHOICES_AND_CASTS,
            COLLECTIONS,
            JSON_AND_OTHERS,
            DATABRICKS_ONLY,
        )
    ).split()
)
