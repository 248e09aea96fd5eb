module stormproof.dev/tools/pause

go 1.26
