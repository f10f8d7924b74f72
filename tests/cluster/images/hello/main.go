// Command hello is a pod for tests: it answers HTTP on port 8080 with the number of its starts,
// and at /addresses/NAME with what it resolves a name to.
//
// It counts them in the file named by COUNT, so that a test sees whether a volume was kept.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	answer := fmt.Sprintf("start %d", count(os.Getenv("COUNT")))
	http.HandleFunc("/", func(writer http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(writer, answer)
	})
	http.HandleFunc("/addresses/{name}", func(writer http.ResponseWriter, request *http.Request) {
		addresses, err := net.LookupHost(request.PathValue("name"))
		if err != nil {
			http.Error(writer, err.Error(), http.StatusNotFound)
			return
		}
		fmt.Fprint(writer, strings.Join(addresses, " "))
	})
	go func() { log.Fatal(http.ListenAndServe(":8080", nil)) }()
	log.Print(answer)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	<-end
}

func count(file string) int {
	if file == "" {
		return 1
	}
	before, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		log.Fatal(err)
	}
	starts := strings.Count(string(before), "\n") + 1
	if err := os.WriteFile(file, append(before, []byte("start\n")...), 0o644); err != nil {
		log.Fatal(err)
	}
	return starts
}
