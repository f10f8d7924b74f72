// Command policies is kube-router's firewall alone: what NetworkPolicies refuse, the node's iptables
// refuse. When it is told to end it takes its rules away.
package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/spf13/pflag"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

func main() {
	config := options.NewKubeRouterConfig()
	config.AddFlags(pflag.CommandLine)
	pflag.Parse()
	ended := make(chan struct{})
	controller := build(config, ended)
	go controller.reportNothing()
	var done sync.WaitGroup
	done.Add(1)
	go controller.Run(controller.beats, ended, &done)
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
	close(ended)
	done.Wait()
	controller.Cleanup()
}

type firewall struct {
	*netpol.NetworkPolicyController
	beats chan *healthcheck.ControllerHeartbeat
}

// build returns the firewall when it has seen all pods, namespaces and policies once.
func build(config *options.KubeRouterConfig, ended <-chan struct{}) firewall {
	access, err := clientcmd.BuildConfigFromFlags("", config.Kubeconfig)
	must(err)
	client, err := kubernetes.NewForConfig(access)
	must(err)
	tables, sets, err := netpol.NewIPTablesHandlers(config)
	must(err)
	all := informers.NewSharedInformerFactory(client, 0)
	pods := all.Core().V1().Pods().Informer()
	namespaces := all.Core().V1().Namespaces().Informer()
	policies := all.Networking().V1().NetworkPolicies().Informer()
	all.Start(ended)
	all.WaitForCacheSync(ended)
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods, policies, namespaces, &sync.Mutex{}, tables, sets)
	must(err)
	follow(pods, controller.PodEventHandler)
	follow(namespaces, controller.NamespaceEventHandler)
	follow(policies, controller.NetworkPolicyEventHandler)
	return firewall{controller, make(chan *healthcheck.ControllerHeartbeat, 1)}
}

func follow(seen cache.SharedIndexInformer, handler cache.ResourceEventHandler) {
	_, err := seen.AddEventHandler(handler)
	must(err)
}

// reportNothing takes the heartbeats that kube-router's health page would show.
func (one firewall) reportNothing() {
	for range one.beats {
	}
}

func must(err error) {
	if err != nil {
		klog.Fatal(err)
	}
}
