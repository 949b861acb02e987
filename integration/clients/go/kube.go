package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"
)

// kube is the pager that controllers and kubectl read long lists with.
func kube(ctx context.Context, j job, got func(id string)) error {
	client, err := dynamic.NewForConfig(&rest.Config{Host: j.Base, QPS: -1})
	if err != nil {
		return err
	}
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(j.List)
	lists := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return maps.List(ctx, options)
	})
	if j.Size > 0 {
		lists.PageSize = int64(j.Size)
	}
	return lists.EachListItem(ctx, metav1.ListOptions{}, func(item runtime.Object) error {
		got(item.(*unstructured.Unstructured).GetName())
		return nil
	})
}
