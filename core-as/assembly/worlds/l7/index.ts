export { cabi_realloc } from '../../abi/memory';
export { abort } from '../../abi/trap';
export {
	l7_tracker_counters,
	l7_tracker_dtor,
	l7_tracker_feed,
	l7_tracker_new,
	l7_tracker_set_clock,
	l7_tracker_set_spans,
	l7_tracker_take,
	l7_tracker_take_post,
	l7_tracker_take_spans,
	l7_tracker_take_spans_post,
} from './l7';
