export { cabi_realloc } from '../../abi/memory';
export { abort } from '../../abi/trap';
export { otlp_decode_logs, otlp_decode_logs_post, otlp_decode_spans, otlp_decode_spans_post } from './otlp';
export {
	otlp_encode_log_records,
	otlp_encode_log_records_post,
	otlp_encode_request,
	otlp_encode_request_post,
	otlp_encode_spans,
	otlp_encode_spans_post,
} from './otlp-encode';
export { otlp_metrics_decode, otlp_metrics_decode_post } from './otlp-metrics';
export {
	pprof_decode,
	pprof_decode_columns,
	pprof_decode_columns_post,
	pprof_decode_post,
} from './pprof';
export {
	remote_write_decode_v1,
	remote_write_decode_v1_post,
	remote_write_decode_v2,
	remote_write_decode_v2_post,
	remote_write_encode_v1,
	remote_write_encode_v1_post,
	remote_write_encode_v2,
	remote_write_encode_v2_post,
} from './remote-write';
export { snappy_compress, snappy_compress_post, snappy_uncompress, snappy_uncompress_post } from './snappy';
export { sql_redact, sql_redact_post } from './sql';
