// SPDX-License-Identifier: Apache-2.0

// A schema registry on loopback for the system tests. It prints its address and ends with its standard input.
// Its checks of compatibility say yes to everything, as the library's do, except for subjects that end in the
// value of -refuse.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/sr/srfake"
)

func main() {
	refuse := flag.String("refuse", "", "answer that a schema of subjects with this ending is incompatible")
	flag.Parse()

	registry := srfake.New()
	defer registry.Close()
	if *refuse != "" {
		registry.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			registers := strings.HasPrefix(r.URL.Path, "/subjects/") && strings.HasSuffix(r.URL.Path, *refuse+"/versions")
			if r.Method != http.MethodPost || !registers {
				return false
			}
			w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"error_code":409,"message":"Schema being registered is incompatible with an earlier schema"}`)
			return true
		})
	}
	fmt.Println(registry.URL())
	io.Copy(io.Discard, os.Stdin)
}
