package main

import (
	"context"

	"github.com/stripe/stripe-go/v82"
)

func stripeCustomers(ctx context.Context, j job, got func(id string)) error {
	client := stripe.NewClient("sk_test_none", stripe.WithBackends(stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL:               new(j.Base),
		MaxNetworkRetries: new(int64(0)),
		EnableTelemetry:   new(false),
	})))
	params := &stripe.CustomerListParams{Email: new(j.List)}
	if j.Size > 0 {
		params.Limit = new(int64(j.Size))
	}
	if j.From != "" {
		params.EndingBefore = new(j.From)
	}
	for customer, err := range client.V1Customers.List(ctx, params) {
		if err != nil {
			return err
		}
		got(customer.ID)
	}
	return nil
}
