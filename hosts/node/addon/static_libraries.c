/* Debian's libbpf.a and libelf.a are built for executables: some of their symbol references cannot be
 * relocated in a shared object. The build renames those references (setup/kernel.mjs); here they end. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN FILE *addon_stderr;

__attribute__((constructor)) static void set_stderr(void)
{
	addon_stderr = stderr;
}

/* System calls, because the functions would need glibc 2.33 where Node itself needs 2.28. The kernel's struct
 * is the C library's on x86-64 and arm64. */
HIDDEN int addon_stat(const char *path, struct stat *out)
{
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, 0);
}

HIDDEN int addon_fstat(int fd, struct stat *out)
{
	return (int)syscall(SYS_fstat, fd, out);
}

/* Stands in for libelf's elf_error.o, whose thread-local variable is the relocation in question. Errors of
 * libelf surface as "unknown"; libbpf adds what it was doing. */
static __thread int last_error;

HIDDEN void __libelf_seterrno(int value)
{
	last_error = value;
}

HIDDEN int elf_errno(void)
{
	int value = last_error;

	last_error = 0;
	return value;
}

HIDDEN const char *elf_errmsg(int error)
{
	return error == 0 ? 0 : "malformed ELF file";
}
