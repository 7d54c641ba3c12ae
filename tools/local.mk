EXTRA_DIST += tools/case_table.py tools/code_size.py tools/embed.c tools/lint.sh tools/operators.sh tools/demo.sh tools/check.sh \
	tools/packages.sh tools/coverage.sh .ci/run

# The files that the compiler carries inside itself (compiler/support/embedded.h).
nodist_libedgecc_a_SOURCES += compiler/support/embedded_files.c
CLEANFILES += compiler/support/embedded_files.c tools/embed

tools/embed: tools/embed.c
	$(AM_V_CC)$(MKDIR_P) tools && $(CC_FOR_BUILD) -O1 -o $@ $(srcdir)/tools/embed.c

compiler/support/embedded_files.c: tools/embed Makefile $(embedded_files)
	$(AM_V_GEN)$(MKDIR_P) compiler/support && \
	tools/embed $@.tmp $(srcdir) $(embedded_files) && mv $@.tmp $@

.PHONY: lint coverage

# Needs the generated headers: every header is compiled alone.
lint: $(BUILT_SOURCES)
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' CC='$(CC)' \
	CPPFLAGS='$(AM_CPPFLAGS)' $(SHELL) $(srcdir)/tools/lint.sh

coverage:
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' CC='$(CC)' \
	$(SHELL) $(srcdir)/tools/coverage.sh
