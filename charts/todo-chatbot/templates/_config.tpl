{{/*
Data of the ConfigMaps and the chart-made Secrets, apart from the objects, so that a pod's checksum
covers what the pod reads and not the labels around it.
*/}}

{{/* Entries of a map of environment variables that have a value; an empty one leaves its variable unset. */}}
{{- define "todo-chatbot.environment" -}}
{{- $set := dict -}}
{{- range $name, $value := . -}}
{{- if $value }}{{ $_ := set $set $name $value }}{{ end -}}
{{- end -}}
{{- toYaml $set -}}
{{- end }}

{{/* Variables of `frontend-config`: the backend's address is this release's Service unless one is given. Takes $. */}}
{{- define "todo-chatbot.frontendEnvironment" -}}
{{- $port := int .Values.backend.service.port -}}
{{- $address := printf "http://%s%s" (include "todo-chatbot.name" (list . "backend-service")) (eq $port 80 | ternary "" (printf ":%d" $port)) -}}
{{- $config := .Values.frontend.config -}}
{{- include "todo-chatbot.environment" (merge (dict "API_URL" ($config.API_URL | default $address)) $config) -}}
{{- end }}

{{/* Data of the Secrets that the chart makes, by their key in secrets.names. Takes $. */}}
{{- define "todo-chatbot.secretData" -}}
{{- $bundled := .Values.database.bundled -}}
database:
  {{- if eq .Values.database.mode "bundled" }}
  {{- $password := $bundled.password | urlquery | replace "+" "%20" }}
  {{- $host := include "todo-chatbot.name" (list . "database-service") }}
  DATABASE_URL: {{ printf "postgres://%s:%s@%s:5432/%s" $bundled.user $password $host $bundled.name | quote }}
  {{- else }}
  DATABASE_URL: {{ .Values.database.url | quote }}
  {{- end }}
apiKeys:
  {{- with .Values.apiKeys.openaiApiKey }}
  OPENAI_API_KEY: {{ . | quote }}
  {{- else }}
  {}
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
Pod annotations that roll the pods when their Secrets change. Takes (list $ (list "auth" ...) revision): keys of secrets.names.
The hash goes through scrypt (derivePassword): whoever reads pods must not be able to try passwords against it.
*/}}
{{- define "todo-chatbot.secretAnnotations" -}}
{{- $root := index . 0 -}}
{{- with index . 2 }}
todo-chatbot/secrets-revision: {{ . | quote }}
{{- end }}
{{- if $root.Values.secrets.create }}
{{- $all := include "todo-chatbot.secretData" $root | fromYaml }}
{{- $used := dict }}
{{- range index . 1 }}{{ $_ := set $used . (get $all .) }}{{ end }}
checksum/secrets: {{ derivePassword 1 "maximum" (toJson $used) $root.Release.Name $root.Release.Namespace | sha256sum }}
{{- end }}
{{- end }}
