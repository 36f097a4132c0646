{{/* Objects that backend and frontend have alike. Each takes (list $ "backend"), or a dict where it says so. */}}

{{/*
Deployment. Takes (dict "root" $ "app" "backend" "environment" <data of its ConfigMap> "annotations" <of its pods>
"variables" <environment variables beyond those> "ports" <beside that of the Service>), the last four as YAML;
"certificates" names a ConfigMap for the folder /certificates.
*/}}
{{- define "todo-chatbot.deployment" -}}
{{- $root := .root -}}
{{- $app := .app -}}
{{- $values := get $root.Values $app -}}
{{- $checksum := printf "%s\n%s" (include "todo-chatbot.environment" $root.Values.config) .environment | sha256sum -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "todo-chatbot.metadata" (list $root $app (printf "%s-deployment" $app)) | nindent 2 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicaCount }}
  {{- end }}
  revisionHistoryLimit: 3
  {{- /* kube-proxy learns of a new pod up to a second after it is ready; only then may an old one go. */}}
  minReadySeconds: 2
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "todo-chatbot.selector" (list $root $app) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "todo-chatbot.podLabels" (list $root $app $values.podLabels) | nindent 8 }}
      annotations:
        {{- include "todo-chatbot.podAnnotations" (list $root (printf "checksum/config: %s\n%s" $checksum (trim .annotations)) $values.podAnnotations) | nindent 8 }}
    spec:
      {{- include "todo-chatbot.podSpec" (list $root $values 1000) | nindent 6 }}
      terminationGracePeriodSeconds: {{ $root.Values.shutdown.gracePeriodSeconds }}
      topologySpreadConstraints:
        - topologyKey: kubernetes.io/hostname
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "todo-chatbot.selector" (list $root $app) | nindent 14 }}
          matchLabelKeys: [pod-template-hash]
      containers:
        - name: {{ $app }}
          {{- include "todo-chatbot.container" $values.image | nindent 10 }}
          ports:
            - name: http
              containerPort: {{ $values.service.targetPort }}
            {{- with .ports | trim }}
            {{- . | nindent 12 }}
            {{- end }}
          {{- /* Of two that set the same variable, the later wins. */}}
          envFrom:
            - configMapRef:
                name: {{ include "todo-chatbot.name" (list $root "app-config") }}
            - configMapRef:
                name: {{ include "todo-chatbot.name" (list $root (printf "%s-config" $app)) }}
          env:
            - name: PORT
              value: {{ $values.service.targetPort | quote }}
            {{- with .variables | trim }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- with $values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- /* Every second, so that a rollout waits for no probe; a pod that has not answered after 60 s starts anew. */}}
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
            periodSeconds: {{ trimSuffix "s" $root.Values.config.HEALTH_CHECK_INTERVAL }}
            timeoutSeconds: 5
            failureThreshold: 3
          lifecycle:
            preStop:
              sleep:
                seconds: {{ $root.Values.shutdown.preStopSeconds }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- if .certificates }}
            - name: certificates
              mountPath: /certificates
              readOnly: true
            {{- end }}
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 64Mi
        {{- with .certificates }}
        - name: certificates
          configMap:
            name: {{ . }}
        {{- end }}
{{- end }}

{{/* Service. */}}
{{- define "todo-chatbot.service" -}}
{{- $root := index . 0 -}}
{{- $app := index . 1 -}}
{{- with (get $root.Values $app).service -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "todo-chatbot.metadata" (list $root $app (printf "%s-service" $app)) | nindent 2 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .type }}
  sessionAffinity: None
  selector:
    {{- include "todo-chatbot.selector" (list $root $app) | nindent 4 }}
  ports:
    - name: http
      port: {{ .port }}
      targetPort: http
      {{- with .nodePort }}
      nodePort: {{ . }}
      {{- end }}
      {{- with include "todo-chatbot.appProtocol" (list $root "http") | trim }}
      {{- . | nindent 6 }}
      {{- end }}
{{- end }}
{{- end }}

{{/* HorizontalPodAutoscaler, or nothing. */}}
{{- define "todo-chatbot.autoscaler" -}}
{{- $root := index . 0 -}}
{{- $app := index . 1 -}}
{{- with (get $root.Values $app).autoscaling -}}
{{- if .enabled -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "todo-chatbot.metadata" (list $root $app (printf "%s-autoscaler" $app)) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "todo-chatbot.name" (list $root (printf "%s-deployment" $app)) }}
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .targetCPUUtilizationPercentage }}
{{- end }}
{{- end }}
{{- end }}

{{/* PodDisruptionBudget, or nothing where there is never more than one pod. */}}
{{- define "todo-chatbot.disruptionBudget" -}}
{{- $root := index . 0 -}}
{{- $app := index . 1 -}}
{{- with get $root.Values $app -}}
{{- if gt (int (.autoscaling.enabled | ternary .autoscaling.maxReplicas .replicaCount)) 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "todo-chatbot.metadata" (list $root $app (printf "%s-budget" $app)) | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "todo-chatbot.selector" (list $root $app) | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}
