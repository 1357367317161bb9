import { expect, test } from 'vitest';
import { frameLabel } from './frame-label.ts';
import { originOf } from './frame-origin.ts';

test.each([
	['schedule', '[kernel]', 'kernel'],
	['[unknown]', '[kernel]', 'kernel'],
	['malloc', '/usr/lib/x86_64-linux-gnu/libc.so.6', 'lib'],
	['runtime.mallocgc', '/app/main', 'runtime'],
	['handle', '/app/server.js', 'app'],
	['(anonymous)', '/app/server.js', 'app'],
	['[anon]', '', 'unnamed'],
	['[JIT] node', '', 'unnamed'],
	['libssl.so.3+0x1f', '/usr/lib/libssl.so.3', 'unnamed'],
	['0x7f3c1a000000', '', 'unnamed'],
	['', '/app/server', 'unnamed'],
	['add0x1f', '/app/server', 'app'],
])('%s of %s is %s', (name, file, origin) => {
	expect(originOf(name, file)).toBe(origin);
});

test.each([
	['v8::internal::Parser::Next', 26, 'v8::internal::Parser::Next'],
	['v8::internal::Parser::Next', 25, '…::internal::Parser::Next'],
	['v8::internal::Parser::Next', 20, '…::Parser::Next'],
	['v8::internal::Parser::Next', 10, '…::Next'],
	['v8::internal::Parser::Next', 4, 'Next'],
	['v8::internal::Parser::Next', 3, 'Ne…'],
	['github.com/shop/audit.(*Trail).Encode', 24, '…/audit.(*Trail).Encode'],
	['github.com/shop/audit.(*Trail).Encode', 17, '…(*Trail).Encode'],
	['std::vector<ns::Row, std::allocator<ns::Row>>::push_back', 30, '…::push_back'],
	['<alloc::vec::Vec<T> as core::ops::Drop>::drop', 20, '…::drop'],
	['ns::Pointer::operator->', 14, '…::operator->'],
	['readTheWholeFile', 10, 'readTheWh…'],
	['libssl.so.3+0x1f', 10, 'libssl.so…'],
	['main', 2, ''],
])('%s in %i letters is %s', (name, letters, label) => {
	expect(frameLabel(name, letters)).toBe(label);
	expect(label.length).toBeLessThanOrEqual(letters);
});
