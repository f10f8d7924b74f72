// Command dns is CoreDNS with the plugins that a cluster's own names need, and none that asks
// other machines.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() {
	// The order in which they see a question, as in CoreDNS itself.
	dnsserver.Directives = []string{"bind", "errors", "kubernetes"}
	coremain.Run()
}
