import { lower } from './bytes';

// Whether bytes are an ASCII word of the program's own.

export function startsWith(p: usize, size: usize, word: string): bool {
	if (size < <usize>word.length) return false;
	for (let i = 0; i < word.length; i++) if (<i32>load<u8>(p + <usize>i) !== word.charCodeAt(i)) return false;
	return true;
}

export function isWord(p: usize, size: usize, word: string): bool {
	return size === <usize>word.length && startsWith(p, size, word);
}

export function isOneOf(words: string[], p: usize, size: usize): bool {
	for (let i = 0; i < words.length; i++) if (isWord(p, size, unchecked(words[i]))) return true;
	return false;
}

/** In whatever case; the word in lower case. */
export function isWordInAnyCase(p: usize, size: usize, word: string): bool {
	if (size !== <usize>word.length) return false;
	for (let i: usize = 0; i < size; i++)
		if (<i32>lower(<u32>load<u8>(p + i)) !== word.charCodeAt(<i32>i)) return false;
	return true;
}

export function isOneOfInAnyCase(words: string[], p: usize, size: usize): bool {
	for (let i = 0; i < words.length; i++) if (isWordInAnyCase(p, size, unchecked(words[i]))) return true;
	return false;
}
