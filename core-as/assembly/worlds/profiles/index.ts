export { cabi_realloc } from '../../abi/memory';
export { abort } from '../../abi/trap';
export {
	stack_fold_add,
	stack_fold_clear,
	stack_fold_delta,
	stack_fold_flame,
	stack_fold_flame_post,
	stack_fold_pprof,
	stack_fold_pprof_post,
	stack_fold_prune,
	stack_fold_top,
	stack_fold_top_post,
} from './stack-fold';
