export { cabi_realloc } from '../../abi/memory';
export { abort } from '../../abi/trap';
export {
	chunks_decode,
	chunks_decode_matrix,
	chunks_decode_matrix_post,
	chunks_decode_post,
	chunks_encode,
	chunks_encode_post,
} from './chunks';
