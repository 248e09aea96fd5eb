module stormproof.dev/tools/nats-server

go 1.26

require github.com/nats-io/nats-server/v2 v2.14.5
