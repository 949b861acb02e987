"""Walks lists as programs with the libraries do.

It reads jobs, a line of JSON each, {client, style, base, list, size, reverse, from}, and
prints what came of each: the items' numbers, in the order in which they came, or what
the library says is wrong.
"""

import json
import os
import sys

import github
import gitlab
import pynetbox
import stripe


def pygithub(job):
    sizes = {"per_page": job["size"]} if "size" in job else {}
    client = github.Github("none", base_url=job["base"], retry=None, **sizes)
    # A lazy repository is one that is not asked for first.
    for issue in client.get_repo("acme/" + job["list"], lazy=True).get_issues(state="all"):
        yield issue.id


def python_gitlab(job):
    client = gitlab.Gitlab(job["base"], private_token="none", per_page=job.get("size"))
    project = client.projects.get(job["list"], lazy=True)
    for issue in project.issues.list(iterator=True):
        yield issue.id


def netbox(job, threading=False):
    client = pynetbox.api(job["base"], token="none", threading=threading)
    for device in client.dcim.devices.filter(job["list"], limit=job.get("size", 0)):
        yield device.id


def netbox_threads(job):
    return netbox(job, threading=True)


def stripe_python(job):
    stripe.api_key = "sk_test_none"
    stripe.api_base = job["base"]
    stripe.max_network_retries = 0
    stripe.enable_telemetry = False
    stripe.ca_bundle_path = os.environ["REQUESTS_CA_BUNDLE"]
    wanted = {"limit": job.get("size"), "ending_before": job.get("from")}
    customers = stripe.Customer.list(email=job["list"], **{k: v for k, v in wanted.items() if v})
    for customer in customers.auto_paging_iter():
        yield customer.id


CLIENTS = {
    "PyGithub": pygithub,
    "python-gitlab": python_gitlab,
    "pynetbox": netbox,
    "pynetbox, threads": netbox_threads,
    "stripe-python": stripe_python,
}

for line in sys.stdin:
    job = json.loads(line)
    ids, error = [], ""
    try:
        for item in CLIENTS[job["client"]](job):
            ids.append(str(item))
    except Exception as thrown:  # whatever a library throws is its answer
        error = f"{type(thrown).__name__}: {thrown}"
    print(json.dumps({"ids": ids, "error": error}), flush=True)
