import { describe, expect, it } from 'vitest';
import { librariesIn, sharedLibraries } from './libraries.ts';

describe('shared libraries', () => {
  it('are those that the linker found, and the linker itself', () => {
    const output = `	linux-vdso.so.1 (0x00007f24fa8c5000)
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f24fa520000)
	libabsent.so.1 => not found
	/lib64/ld-linux-x86-64.so.2 (0x00007f24fa8c7000)
`;
    expect(librariesIn(output)).toEqual(['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });

  it('of a program are what it cannot run without', async () => {
    const libraries = await sharedLibraries(process.execPath);
    expect(libraries.map(({ path }) => path)).toContainEqual(expect.stringMatching(/\/libc\.so\.6$/));
  });

  it('of something that is no program cannot be told', async () => {
    await expect(sharedLibraries('/nowhere')).rejects.toThrow(/ldd cannot tell .*\n.*No such file/);
  });
});
