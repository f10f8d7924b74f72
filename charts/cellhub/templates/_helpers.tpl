{{/* Names. */}}
{{- define "cellhub.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels of an object: dict "root" $ "component" NAME. */}}
{{- define "cellhub.labels" -}}
{{ include "cellhub.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: cellhub
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* What finds the pods of a component; it never changes. */}}
{{- define "cellhub.selector" -}}
app.kubernetes.io/name: cellhub
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* An image: dict "root" $ "image" {repository, tag, digest}. */}}
{{- define "cellhub.image" -}}
{{- if .image.digest -}}
{{ printf "%s@%s" .image.repository .image.digest }}
{{- else -}}
{{ printf "%s:%s" .image.repository (default .root.Chart.AppVersion .image.tag) }}
{{- end -}}
{{- end -}}

{{/* What all pods of ours have. Service links would put CELLHUB_PORTAL_PORT=tcp://… over our settings. */}}
{{- define "cellhub.pod" -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 15061
  runAsGroup: 15061
  fsGroup: 15061
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What all containers of ours have. */}}
{{- define "cellhub.container" -}}
image: {{ include "cellhub.image" (dict "root" . "image" .Values.image) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{ include "cellhub.confined" . }}
{{- end -}}

{{- define "cellhub.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Where the pods of a component go: dict "root" $ "component" NAME "values" VALUES. */}}
{{- define "cellhub.placement" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "cellhub.selector" . | nindent 8 }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "cellhub.resources" -}}
resources:
  requests:
    {{- toYaml .requests | nindent 4 }}
  limits:
    {{- toYaml .limits | nindent 4 }}
{{- end -}}

{{/* The Secret that holds the database's URLs. */}}
{{- define "cellhub.databaseSecret" -}}
{{- default (printf "%s-database" (include "cellhub.fullname" .)) .Values.database.existingSecret -}}
{{- end -}}

{{- define "cellhub.encryptionSecret" -}}
{{- default (printf "%s-encryption" (include "cellhub.fullname" .)) .Values.encryption.existingSecret -}}
{{- end -}}

{{- define "cellhub.databaseHost" -}}
{{- $name := include "cellhub.fullname" . -}}
{{- if eq .Values.database.kind "cloudnativepg" -}}
{{ $name }}-postgres-rw.{{ .Release.Namespace }}.svc
{{- else -}}
{{ $name }}-postgres.{{ .Release.Namespace }}.svc
{{- end -}}
{{- end -}}

{{/* Settings of a process: dict "root" $ "login" KEY of its URL. */}}
{{- define "cellhub.environment" -}}
- name: CELLHUB_HOME
  value: /var/lib/cellhub
- name: CELLHUB_LISTEN_HOST
  value: 0.0.0.0
- name: CELLHUB_METRICS_PORT
  value: "9090"
- name: CELLHUB_SECRET_KEY_FILE
  value: /etc/cellhub/encryption/secret-key
- name: CELLHUB_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "cellhub.databaseSecret" .root }}
      key: {{ .login }}
{{- with .root.Values.broker.existingSecret }}
- name: CELLHUB_BROKER_URL
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.root.Values.broker.key }}
{{- end }}
{{- end -}}

{{/* Folders of a process: its home, /tmp, and the key of what is encrypted. */}}
{{- define "cellhub.mounts" -}}
- name: home
  mountPath: /var/lib/cellhub
- name: tmp
  mountPath: /tmp
- name: encryption
  mountPath: /etc/cellhub/encryption
  readOnly: true
{{- end -}}

{{- define "cellhub.volumes" -}}
- name: home
  emptyDir:
    sizeLimit: 1Gi
- name: tmp
  emptyDir:
    sizeLimit: 1Gi
- name: encryption
  secret:
    secretName: {{ include "cellhub.encryptionSecret" . }}
    defaultMode: 0440
    items:
      - key: secret-key
        path: secret-key
{{- end -}}

{{- define "cellhub.recordingsMount" -}}
{{- if .Values.recordings.enabled }}
- name: recordings
  mountPath: /var/lib/cellhub/recordings
{{- end }}
{{- end -}}

{{- define "cellhub.recordingsVolume" -}}
{{- if .Values.recordings.enabled }}
- name: recordings
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-recordings" (include "cellhub.fullname" .)) .Values.recordings.existingClaim }}
{{- end }}
{{- end -}}

{{/* Settings of whoever makes the tables. */}}
{{- define "cellhub.tablesEnvironment" -}}
{{- range $login := list "owner" "portal" "agent" }}
- name: CELLHUB_{{ upper $login }}_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "cellhub.databaseSecret" $ }}
      key: {{ $login }}
{{- end }}
- name: CELLHUB_DATABASE_ADMIN_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "cellhub.databaseSecret" . }}
      key: admin
      # Where somebody else makes the log-ins, nobody needs an account that can.
      optional: {{ eq .Values.database.kind "external" }}
{{- end -}}

{{- define "cellhub.backupsMount" -}}
{{- if .Values.operator.backups.enabled }}
- {name: backups, mountPath: /var/lib/cellhub/backups}
{{- end }}
{{- end -}}

{{- define "cellhub.backupsVolume" -}}
{{- if .Values.operator.backups.enabled }}
- name: backups
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-backups" (include "cellhub.fullname" .)) .Values.operator.backups.existingClaim }}
{{- end }}
{{- end -}}

{{/* Waits until the tables are as new as the image, so that new code never meets old tables. */}}
{{- define "cellhub.tablesGate" -}}
- name: tables
  {{- include "cellhub.container" . | nindent 2 }}
  command: [cellhub, tables, --wait]
  env:
    {{- include "cellhub.environment" (dict "root" . "login" "portal") | nindent 4 }}
  volumeMounts:
    {{- include "cellhub.mounts" . | nindent 4 }}
  resources:
    requests: {cpu: 10m, memory: 96Mi}
    limits: {memory: 192Mi}
{{- end -}}

{{/* Peers and ports that several policies share. */}}
{{- define "cellhub.egressDNS" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end -}}

{{- define "cellhub.egressDatabase" -}}
{{- if eq .Values.database.kind "external" }}
- ports:
    - {port: {{ .Values.database.port }}, protocol: TCP}
{{- else }}
- to:
    - podSelector:
        matchLabels:
          {{- if eq .Values.database.kind "cloudnativepg" }}
          cnpg.io/cluster: {{ include "cellhub.fullname" . }}-postgres
          {{- else }}
          {{- include "cellhub.selector" (dict "root" . "component" "postgres") | nindent 10 }}
          {{- end }}
  ports:
    - {port: 5432, protocol: TCP}
{{- end }}
{{- end -}}

{{- define "cellhub.egressBroker" -}}
{{- if .Values.broker.existingSecret }}
- ports:
    - {port: {{ .Values.broker.port }}, protocol: TCP}
{{- end }}
{{- end -}}

{{- define "cellhub.ingressMetrics" -}}
- from:
    {{- if .Values.networkPolicy.metricsFrom }}
    {{- toYaml .Values.networkPolicy.metricsFrom | nindent 4 }}
    {{- else }}
    - podSelector: {}
    {{- end }}
  ports:
    - {port: metrics, protocol: TCP}
{{- end -}}

{{/* The namespaces of the operator, as a JSON object with the list `names`. */}}
{{- define "cellhub.namespaces" -}}
{{- dict "names" (default (list .Release.Namespace) .Values.operator.namespaces) | toJson -}}
{{- end -}}

{{/* Where browsers find the live stream. */}}
{{- define "cellhub.liveUrl" -}}
{{- if .Values.portal.liveUrl -}}
{{ .Values.portal.liveUrl }}
{{- else if .Values.portal.ingress.enabled -}}
{{ ternary "https" "http" (ne .Values.portal.ingress.tlsSecret "") }}://{{ .Values.portal.ingress.host }}/events
{{- end -}}
{{- end -}}

{{/* An account of a component without rights of its own: dict "root" $ "component" NAME. */}}
{{- define "cellhub.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "cellhub.fullname" .root }}-{{ .component }}
  labels:
    {{- include "cellhub.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end -}}

{{/* Scales a component: dict "root" $ "component" NAME "values" VALUES. */}}
{{- define "cellhub.autoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "cellhub.fullname" .root }}-{{ .component }}
  labels:
    {{- include "cellhub.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "cellhub.fullname" .root }}-{{ .component }}
  minReplicas: {{ .values.autoscaling.minReplicas }}
  maxReplicas: {{ .values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .values.autoscaling.targetCPU }}
{{- end -}}

{{/* Keeps one pod of a component up while nodes are drained: dict "root" $ "component" NAME. */}}
{{- define "cellhub.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "cellhub.fullname" .root }}-{{ .component }}
  labels:
    {{- include "cellhub.labels" . | nindent 4 }}
spec:
  # One at a time: a single pod can be drained too.
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "cellhub.selector" . | nindent 6 }}
{{- end -}}

{{/* The head of a component's policy, which refuses both ways what is not listed after it. */}}
{{- define "cellhub.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "cellhub.fullname" .root }}-{{ .component }}
  labels:
    {{- include "cellhub.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "cellhub.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end -}}

{{/* The API server is no pod, so only its ports can be named: before and behind its service. */}}
{{- define "cellhub.egressApiServer" -}}
- ports:
    - {port: 443, protocol: TCP}
    - {port: 6443, protocol: TCP}
{{- end -}}

{{/* Binds a component's role to its account: dict "root" $ "component" NAME "namespace" NAMESPACE. */}}
{{- define "cellhub.roleBinding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ include "cellhub.fullname" .root }}-{{ .component }}
  namespace: {{ .namespace }}
  labels:
    {{- include "cellhub.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "cellhub.fullname" .root }}-{{ .component }}
subjects:
  - kind: ServiceAccount
    name: {{ include "cellhub.fullname" .root }}-{{ .component }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}
