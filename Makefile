# Every target makes ready what it needs, each step only when its inputs changed.
#   make up                     start Trunkline with sandbox hypervisors; Ctrl-C stops it
#   make up HYPERVISORS=4 USER_MODE=2 PORT=9000
#                               so many made of namespaces, so many with kernels of their own
#   make test                   all tests; make test ONLY="fast lint" runs the stages so named
#   make bench | lint | fmt | generated | build | clean

PYTHON ?= python3
BOOTSTRAP = $(PYTHON) -m tasks.bootstrap

.PHONY: up test bench lint fmt generated build clean
.DEFAULT_GOAL := up

up:
	@$(BOOTSTRAP) up $(if $(HYPERVISORS),--hypervisors $(HYPERVISORS)) \
		$(if $(USER_MODE),--user-mode $(USER_MODE)) $(if $(PORT),--port $(PORT))

test:
	@$(BOOTSTRAP) test $(ONLY)

bench lint fmt generated build clean:
	@$(BOOTSTRAP) $@
