# Walks lists as programs with the library do. It reads jobs, a line of JSON each,
# {client, base, list, size, reverse}, and prints what came of each: the items' numbers,
# in the order in which they came, or what the library says is wrong.
require "json"
require "octokit"

def walk(job)
  return back(job) if job["reverse"]

  client = Octokit::Client.new(api_endpoint: job["base"], auto_paginate: true, per_page: job["size"])
  client.list_issues("acme/#{job["list"]}", state: "all")
end

# back walks by the links, from the last page, which the first one leads to. By itself
# the library asks for pages of 100 only where it follows them all.
def back(job)
  client = Octokit::Client.new(api_endpoint: job["base"], per_page: job["size"] || 100)
  first = client.list_issues("acme/#{job["list"]}", state: "all")
  items = []
  page = client.last_response.rels[:last]&.get
  while page
    items.concat(page.data.reverse)
    page = page.rels[:prev].href == page.rels[:first].href ? nil : page.rels[:prev].get
  end
  items.concat(first.reverse)
end

$stdout.sync = true
$stdin.each_line do |line|
  answer = { ids: [], error: "" }
  begin
    answer[:ids] = walk(JSON.parse(line)).map { |issue| issue.id.to_s }
  rescue StandardError => thrown
    answer[:error] = "#{thrown.class}: #{thrown.message}"
  end
  puts JSON.generate(answer)
end
