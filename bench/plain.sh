#!/bin/sh
# What one would write without this project, for `npm run bench`.
# plain.sh <kind cluster> <context> <tag> <Node image> <file of chart values>
set -eu
for app in backend frontend; do
  DOCKER_BUILDKIT=1 docker build --quiet --build-arg NODE_IMAGE="$4" --tag "bench-$app:$3" "images/$app"
done
kind load docker-image --name "$1" "bench-backend:$3" "bench-frontend:$3"
helm upgrade --install --wait --timeout 5m --kube-context "$2" --namespace bench-plain --create-namespace \
  bench charts/todo-chatbot --values "$5" \
  --set backend.image.repository=bench-backend,backend.image.tag="$3" \
  --set frontend.image.repository=bench-frontend,frontend.image.tag="$3"
