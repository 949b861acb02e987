package list_test

import (
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

func TestAppendQuoted(t *testing.T) {
	for _, tc := range []struct{ name, key, items, want string }{
		{"numbers", "id", `{"id":1},{"id":9007199254740993}`, `{"id":"1"},{"id":"9007199254740993"}`},
		{"white space stays", "id", "\n {\"n\" : [1,{\"id\":2}],\n  \"id\" : 3\n }\n,\n {\"id\":4}", "\n {\"n\" : [1,{\"id\":2}],\n  \"id\" : \"3\"\n }\n,\n {\"id\":\"4\"}"},
		{"strings and what is no key stay", "id", `{"id":"1"},{"id":null},{"n":1},7,"id",[1],{"id":{"id":1}}`, `{"id":"1"},{"id":null},{"n":1},7,"id",[1],{"id":{"id":1}}`},
		{"nested", "meta.id", `{"id":1,"meta":{"a":"}","id":-2.50}}`, `{"id":1,"meta":{"a":"}","id":"-2.50"}}`},
		{"an escaped name", "id", `{"\u0069d":1}`, `{"\u0069d":"1"}`},
		{"nothing", "id", ``, ``},
	} {
		t.Run(tc.name, func(t *testing.T) {
			key, err := list.ParseKey([]string{tc.key})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(key.AppendQuoted([]byte("["), []byte(tc.items))); got != "["+tc.want {
				t.Errorf("got %s, want [%s", got, tc.want)
			}
		})
	}
}
