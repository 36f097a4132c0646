{{/*
Names, labels, images, environment and what policies have in common. A helper takes $, unless its comment
says otherwise; `list $ ...` hands over more than one thing.
*/}}

{{/* Prefix of every object's name. fullnameOverride takes precedence over namePrefix; empty by default. */}}
{{- define "todo-chatbot.prefix" -}}
{{- with .Values.fullnameOverride }}{{ . }}-{{ else }}{{ .Values.namePrefix }}{{ end -}}
{{- end }}

{{/* Labels that select all pods of this release only. */}}
{{- define "todo-chatbot.instanceLabels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels that select one component's pods; a Deployment's selector is immutable. Takes (list $ "backend"). */}}
{{- define "todo-chatbot.selectorLabels" -}}
{{ include "todo-chatbot.instanceLabels" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
Version of an app, as a label: the tag of its image, or else its digest. Labels of objects without an image have
the chart's appVersion. Takes an `image` value.
*/}}
{{- define "todo-chatbot.version" -}}
{{ .tag | default (.digest | replace ":" "-") | trunc 63 | trimAll "._-" }}
{{- end }}

{{/* Labels of an object. Takes (list $ "backend"), and the version if it is not the chart's appVersion. */}}
{{- define "todo-chatbot.labels" -}}
{{- $root := index . 0 -}}
{{ include "todo-chatbot.selectorLabels" . }}
app.kubernetes.io/part-of: {{ $root.Chart.Name }}
app.kubernetes.io/version: {{ (gt (len .) 2 | ternary (last .) $root.Chart.AppVersion) | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Reference of an image: repository, :tag and @digest, as far as they are set. Takes an `image` value. */}}
{{- define "todo-chatbot.image" -}}
{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}

{{/* IP families of a Service; empty for the cluster's default. */}}
{{- define "todo-chatbot.ipFamilies" -}}
{{- $set := dict -}}
{{- range $key, $value := .Values.services -}}
{{- if $value }}{{ $_ := set $set $key $value }}{{ end -}}
{{- end -}}
{{- with $set }}{{ toYaml . }}{{ end -}}
{{- end }}

{{/*
ServiceAccount of a component's pods; empty for the namespace's default. In a mesh it is their identity, so each component
has its own. Takes (list $ "backend").
*/}}
{{- define "todo-chatbot.serviceAccountName" -}}
{{- $component := index . 1 -}}
{{- with index . 0 -}}
{{- if .Values.serviceAccount.name -}}
{{ .Values.serviceAccount.name }}
{{- else if .Values.serviceAccount.create -}}
{{ include "todo-chatbot.prefix" . }}todo-chatbot
{{- else if ne .Values.mesh.mode "none" -}}
{{ include "todo-chatbot.prefix" . }}{{ $component }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Whether the bundled database runs: `true` or empty. */}}
{{- define "todo-chatbot.runsDatabase" -}}
{{- with .Values.database }}{{ if or (eq .mode "bundled") .keepBundled }}true{{ end }}{{ end -}}
{{- end }}

{{/* Volume with the database's CA bundle in database-ca.pem; empty without one. */}}
{{- define "todo-chatbot.databaseCa" -}}
{{- with .Values.database -}}
{{- if .caSecret -}}
secret:
  secretName: {{ .caSecret }}
  {{- /* Only the certificate: an operator's Secret may have the CA's key too. */}}
  items:
    - key: ca.crt
      path: database-ca.pem
{{- else if .caCertificate -}}
configMap:
  name: {{ include "todo-chatbot.prefix" $ }}database-ca
{{- end -}}
{{- end -}}
{{- end }}

{{/* ---- Environment: ConfigMaps ---- */}}

{{/* Variables with a value; empty ones stay unset. Takes a `config` value. */}}
{{- define "todo-chatbot.configData" -}}
{{- $set := dict -}}
{{- range $name, $value := . -}}
{{- if $value }}{{ $_ := set $set $name $value }}{{ end -}}
{{- end -}}
{{- toYaml $set -}}
{{- end }}

{{/*
The same for the frontend, whose API_URL defaults to this release's backend. It only trusts a proxy that is in
front: clients could forge their address and evade the rate limits.
*/}}
{{- define "todo-chatbot.frontendConfigData" -}}
{{- $port := int .Values.backend.service.port -}}
{{- $backend := printf "http://%sbackend-service%s" (include "todo-chatbot.prefix" .) (eq $port 80 | ternary "" (printf ":%d" $port)) -}}
{{- $proxies := or .Values.ingress.enabled .Values.gateway.enabled | ternary "1" "" -}}
{{- $config := .Values.frontend.config -}}
{{- $defaults := dict "API_URL" ($config.API_URL | default $backend) "TRUST_PROXY" ($config.TRUST_PROXY | default $proxies) -}}
{{- include "todo-chatbot.configData" (merge $defaults $config) -}}
{{- end }}

{{/* URL of the backend's pods, for the frontend; empty with sidecars, which balance load themselves, and with another API. */}}
{{- define "todo-chatbot.apiPodsUrl" -}}
{{- if not (or (include "todo-chatbot.mesh" . | fromYaml).sidecars .Values.frontend.config.API_URL) -}}
http://{{ include "todo-chatbot.prefix" . }}backend-pods:{{ .Values.backend.service.targetPort }}
{{- end -}}
{{- end }}

{{/* ---- Environment: Secrets ---- */}}

{{/* Key in `secrets.names` of each Secret, by its default name. */}}
{{- define "todo-chatbot.secretKeys" -}}
database-secret: database
api-keys-secret: apiKeys
auth-secret: auth
db-credentials: dbCredentials
{{- end }}

{{/* Name of a Secret: the one in `secrets.names`, or its default. Takes (list $ "auth-secret"). */}}
{{- define "todo-chatbot.secretName" -}}
{{- $root := index . 0 -}}
{{- $key := get (include "todo-chatbot.secretKeys" $root | fromYaml) (index . 1) -}}
{{- get $root.Values.secrets.names $key | default (printf "%s%s" (include "todo-chatbot.prefix" $root) (index . 1)) -}}
{{- end }}

{{/* A variable from its Secret. Takes (list $ "POSTGRES_USER"), a name in files/environment.yaml. */}}
{{- define "todo-chatbot.secretVariable" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- range ($root.Files.Get "files/environment.yaml" | fromYaml).variables }}
{{- if eq .name $name -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "todo-chatbot.secretName" (list $root .object) }}
      key: {{ .name }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* All variables of some Secrets. Takes (list $ "database-secret" "auth-secret" ...). */}}
{{- define "todo-chatbot.secretEnv" -}}
{{- $root := first . -}}
{{- $variables := ($root.Files.Get "files/environment.yaml" | fromYaml).variables -}}
{{- $lines := list -}}
{{- range $object := rest . -}}
{{- range $variables -}}
{{- if eq .object $object }}{{ $lines = append $lines (include "todo-chatbot.secretVariable" (list $root .name)) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end }}

{{/* Variables of a container whose requests go through the proxy. */}}
{{- define "todo-chatbot.proxyEnv" -}}
{{- with .Values.proxy -}}
{{- if .existingSecret -}}
{{- range list "HTTPS_PROXY" "HTTP_PROXY" -}}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.proxy.existingSecret }}
      key: {{ . }}
{{ end -}}
- name: NO_PROXY
  value: {{ compact (list "localhost" "127.0.0.1" ".svc" ".cluster.local" .noProxy) | join "," | quote }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Data of the Secrets that the chart creates, by their key in `secrets.names`. */}}
{{- define "todo-chatbot.secretData" -}}
{{- $bundled := .Values.database.bundled -}}
database:
  {{- if eq .Values.database.mode "bundled" }}
  {{- $password := $bundled.password | urlquery | replace "+" "%20" }}
  {{- $host := printf "%sdatabase-service" (include "todo-chatbot.prefix" .) }}
  DATABASE_URL: {{ printf "postgres://%s:%s@%s:5432/%s" $bundled.user $password $host $bundled.name | quote }}
  {{- else }}
  DATABASE_URL: {{ .Values.database.url | quote }}
  {{- end }}
apiKeys:
  {{- with .Values.apiKeys }}
  {{- $keys := dict "OPENAI_API_KEY" .openaiApiKey "SMTP_PASSWORD" .smtpPassword }}
  {{- include "todo-chatbot.configData" $keys | nindent 2 }}
  {{- end }}
auth:
  JWT_SECRET_KEY: {{ .Values.apiKeys.jwtSecretKey | quote }}
  {{- with .Values.apiKeys.jwtSecretKeyPrevious }}
  JWT_SECRET_KEY_PREVIOUS: {{ . | quote }}
  {{- end }}
{{- if include "todo-chatbot.runsDatabase" . }}
dbCredentials:
  POSTGRES_USER: {{ $bundled.user | quote }}
  POSTGRES_PASSWORD: {{ $bundled.password | quote }}
  POSTGRES_DB: {{ $bundled.name | quote }}
{{- end }}
{{- end }}

{{/*
Pod annotations that roll the pods when their Secrets change. Takes (list $ (list "auth" ...) revision): keys of
`secrets.names`. The hash goes through scrypt (derivePassword), so that passwords can't be guessed from the annotation.
*/}}
{{- define "todo-chatbot.secretAnnotations" -}}
{{- $root := index . 0 -}}
{{- $annotations := dict -}}
{{- with index . 2 }}{{ $_ := set $annotations "todo-chatbot/secrets-revision" . }}{{ end -}}
{{- if $root.Values.secrets.create -}}
{{- $all := include "todo-chatbot.secretData" $root | fromYaml -}}
{{- $used := dict -}}
{{- range index . 1 }}{{ $_ := set $used . (get $all .) }}{{ end -}}
{{- $_ := set $annotations "checksum/secrets" (derivePassword 1 "maximum" (toJson $used) $root.Release.Name $root.Release.Namespace | sha256sum) -}}
{{- end -}}
{{- with $annotations }}{{ toYaml . }}{{ end -}}
{{- end }}

{{/* ---- Probes ---- */}}

{{/* Probes of backend and frontend. */}}
{{- define "todo-chatbot.probes" -}}
{{- /* Every second, to speed up rollouts; a container that does not respond within 60 s is restarted. */ -}}
startupProbe:
  httpGet:
    path: /healthz
    port: http
  periodSeconds: 1
  timeoutSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet:
    path: /readyz
    port: http
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 3
livenessProbe:
  httpGet:
    path: /healthz
    port: http
  periodSeconds: {{ trimSuffix "s" .Values.config.HEALTH_CHECK_INTERVAL }}
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{/* ---- Metrics ---- */}}

{{/* Endpoint settings of a ServiceMonitor; alerts and dashboards use the label `component`. */}}
{{- define "todo-chatbot.scrape" -}}
path: /metrics
interval: 15s
scrapeTimeout: 5s
relabelings:
  - sourceLabels: [__meta_kubernetes_service_label_app_kubernetes_io_component]
    targetLabel: component
{{- with .Values.metrics.serviceMonitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* ---- Network policies ---- */}}

{{/* One component's pods as a peer. Takes (list $ "backend"). */}}
{{- define "todo-chatbot.peer" -}}
- podSelector:
    matchLabels:
      {{- include "todo-chatbot.selectorLabels" . | nindent 6 }}
{{- end }}

{{/* The Prometheus that scrapes the metrics, as a peer. */}}
{{- define "todo-chatbot.prometheusPeer" -}}
{{- with .Values.networkPolicy.prometheus -}}
- podSelector:
    matchLabels:
      {{- if .podLabels }}
      {{- toYaml .podLabels | nindent 6 }}
      {{- else }}
      app.kubernetes.io/part-of: {{ $.Chart.Name }}
      app.kubernetes.io/component: prometheus
      {{- end }}
  {{- with .namespace }}
  namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Port of a URL: explicit, or the scheme's default. Takes a URL. */}}
{{- define "todo-chatbot.urlPort" -}}
{{- $authority := regexReplaceAll "^[a-z+]+://" . "" | regexFind "^[^/?#]*" -}}
{{- $host := regexReplaceAll "^.*@" $authority "" -}}
{{- $host | regexFind ":[0-9]+$" | trimPrefix ":" | default (get (dict "http" 80 "https" 443) (lower . | regexFind "^[a-z]+") | default 5432) -}}
{{- end }}

{{/* Egress to the external database. */}}
{{- define "todo-chatbot.externalDatabaseEgress" -}}
- ports:
    - port: {{ include "todo-chatbot.externalDatabasePort" . }}
      protocol: TCP
  {{- with .Values.database.podSelector }}
  to:
    - podSelector:
        matchLabels:
          {{- toYaml . | nindent 10 }}
  {{- end }}
{{- end }}

{{/* Port of the external database. */}}
{{- define "todo-chatbot.externalDatabasePort" -}}
{{- with .Values.database }}{{ .port | default (include "todo-chatbot.urlPort" .url) }}{{ end -}}
{{- end }}
