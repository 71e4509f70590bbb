// A program that is like one of Go, Node or Ruby as far as can be told from outside.
#ifdef GO
__asm__(".section .note.go.buildid, \"a\", @note\n"
        ".balign 4\n.long 4, 8, 4\n.asciz \"Go\\0\"\n.asciz \"builtby\"\n.previous");
#endif
#ifdef NODE
void napi_module_register(void *module) {}
#endif

#ifdef RUBY
void ruby_init(void) {}
#endif

int main(void) { return 0; }
