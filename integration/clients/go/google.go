package main

import (
	"context"
	"errors"
	"net/http"
	"path"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	driveapi "google.golang.org/api/drive/v3"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// drive is the client that Google generates for its older APIs.
func drive(ctx context.Context, j job, got func(id string)) error {
	service, err := driveapi.NewService(ctx, option.WithHTTPClient(http.DefaultClient), option.WithEndpoint(j.Base+"/drive/v3/"))
	if err != nil {
		return err
	}
	call := service.Files.List().Q(j.List)
	if j.Size > 0 {
		call.PageSize(int64(j.Size))
	}
	return call.Pages(ctx, func(page *driveapi.FileList) error {
		for _, file := range page.Files {
			got(file.Id)
		}
		return nil
	})
}

// secrets is the client that Google generates for its newer APIs, by REST.
func secrets(ctx context.Context, j job, got func(id string)) error {
	client, err := secretmanager.NewRESTClient(ctx, option.WithHTTPClient(http.DefaultClient), option.WithEndpoint(j.Base))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	list := client.ListSecrets(ctx, &secretmanagerpb.ListSecretsRequest{Parent: "projects/" + j.List, PageSize: int32(j.Size)})
	for {
		secret, err := list.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return err
		}
		got(path.Base(secret.Name))
	}
}
