{{/* Selector of one component's pods in this release, as a peer of a policy. Takes (list $ "backend"). */}}
{{- define "todo-chatbot.peer" -}}
- podSelector:
    matchLabels:
      {{- include "todo-chatbot.selector" . | nindent 6 }}
{{- end }}

{{/* Selector of the Prometheus that reads the metrics, as a peer of a policy. Takes $. */}}
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

{{/* TCP ports of a policy between pods of the release; linkerd sends what meshed pods say to its proxy's 4143. Takes (list $ 8000). */}}
{{- define "todo-chatbot.podPorts" -}}
- port: {{ index . 1 }}
  protocol: TCP
{{- if eq (index . 0).Values.mesh.mode "linkerd" }}
- port: 4143
  protocol: TCP
{{- end }}
{{- end }}

{{/* Port that is written in an address, or nothing. Takes a URL. */}}
{{- define "todo-chatbot.urlPort" -}}
{{- $authority := regexReplaceAll "^[a-z+]+://" . "" | regexFind "^[^/?#]*" -}}
{{- $host := regexReplaceAll "^.*@" $authority "" -}}
{{- $host | regexFind ":[0-9]+$" | trimPrefix ":" -}}
{{- end }}

{{/* TCP ports outside the release that the backend may connect to, as a JSON list of numbers. Takes $. */}}
{{- define "todo-chatbot.outsidePorts" -}}
{{- $ports := list 443 -}}
{{- with .Values.backend.config.OPENAI_BASE_URL -}}
{{- $ports = append $ports (include "todo-chatbot.urlPort" . | default (hasPrefix "http:" . | ternary 80 443) | int) -}}
{{- end -}}
{{- with .Values.database -}}
{{- if eq .mode "external" -}}
{{- $ports = append $ports (.port | default (include "todo-chatbot.urlPort" .url) | default 5432 | int) -}}
{{- end -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end }}
