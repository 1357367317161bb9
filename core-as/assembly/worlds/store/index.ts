export { cabi_realloc } from '../../abi/memory';
export { abort } from '../../abi/trap';
export { chunk_merge_merge, chunk_merge_merge_post } from './chunk-merge';
export {
	chunks_decode,
	chunks_decode_matrix,
	chunks_decode_matrix_post,
	chunks_decode_post,
	chunks_encode,
	chunks_encode_post,
} from './chunks';
export {
	down_sampling_down_sample_chunks,
	down_sampling_down_sample_chunks_post,
	down_sampling_down_sample_columns,
	down_sampling_down_sample_columns_post,
} from './down-sampling';
export {
	head_samples_head_append,
	head_samples_head_cut,
	head_samples_head_cut_post,
	head_samples_head_dtor,
	head_samples_head_new,
	head_samples_head_read,
	head_samples_head_read_matrix,
	head_samples_head_read_matrix_post,
	head_samples_head_read_post,
	head_samples_head_statistics,
} from './head';
export {
	histogram_chunks_decode,
	histogram_chunks_decode_post,
	histogram_chunks_encode,
	histogram_chunks_encode_post,
} from './histogram-chunks';
export { tiers_close_day, tiers_close_day_post, tiers_read, tiers_read_post } from './tiers';
