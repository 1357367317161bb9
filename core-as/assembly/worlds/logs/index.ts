export { cabi_realloc } from '../../abi/memory';
export { abort } from '../../abi/trap';
export {
	logs_source_counts,
	logs_source_counts_post,
	logs_source_dtor,
	logs_source_feed,
	logs_source_feed_post,
	logs_source_new,
} from './logs';
