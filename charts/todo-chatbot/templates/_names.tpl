{{/* Name of an object: the contract's name behind the prefix. Takes (list $ "backend-service"). */}}
{{- define "todo-chatbot.name" -}}
{{- $root := index . 0 -}}
{{ $root.Values.namePrefix }}{{ index . 1 }}
{{- end }}

{{/* Labels that select a component's pods. They never change: a Deployment's selector is immutable. Takes (list $ "backend"). */}}
{{- define "todo-chatbot.selector" -}}
{{- $root := index . 0 -}}
{{ include "todo-chatbot.instanceSelector" $root }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Labels that select all pods of this release, and of no other in the namespace. Takes $. */}}
{{- define "todo-chatbot.instanceSelector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Name, namespace and labels of an object. Takes (list $ "backend" "backend-service"): root, component, contract's name. */}}
{{- define "todo-chatbot.metadata" -}}
{{- $root := index . 0 -}}
name: {{ include "todo-chatbot.name" (list $root (index . 2)) }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "todo-chatbot.selector" (list $root (index . 1)) | nindent 2 }}
  app.kubernetes.io/part-of: {{ $root.Chart.Name }}
  app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ $root.Release.Service }}
  helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Reference of an image: repository, :tag and @digest, as far as they are given. Takes an `image` value. */}}
{{- define "todo-chatbot.image" -}}
{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Whether the bundled database runs: `true` or nothing. Takes $. */}}
{{- define "todo-chatbot.runsDatabase" -}}
{{- with .Values.database }}{{ if or (eq .mode "bundled") .keepBundled }}true{{ end }}{{ end -}}
{{- end }}

{{/* Contract's name of a Secret. Takes its key in secrets.names. */}}
{{- define "todo-chatbot.secretBaseName" -}}
{{- get (dict "database" "database-secret" "apiKeys" "api-keys-secret" "auth" "auth-secret" "dbCredentials" "db-credentials") . -}}
{{- end }}

{{/* Name of a Secret: the one that is given, or the contract's behind the prefix. Takes (list $ "apiKeys"). */}}
{{- define "todo-chatbot.secretName" -}}
{{- $root := index . 0 -}}
{{- $key := index . 1 -}}
{{- get $root.Values.secrets.names $key | default (include "todo-chatbot.name" (list $root (include "todo-chatbot.secretBaseName" $key))) -}}
{{- end }}
