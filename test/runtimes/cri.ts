import { randomBytes } from 'node:crypto';
import { globSync, mkdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { until } from '../product/waiting.ts';
import { RuntimeFiles } from './runtime-files.ts';

// The fields that are needed of https://github.com/kubernetes/cri-api, pkg/apis/runtime/v1/api.proto.
const PROTO = `
syntax = "proto3";
message NamespaceOption { int32 network = 1; int32 pid = 2; int32 ipc = 3; }
message SandboxSecurity { NamespaceOption namespace_options = 1; }
message LinuxSandbox { string cgroup_parent = 1; SandboxSecurity security_context = 2; }
message SandboxMetadata { string name = 1; string uid = 2; string namespace = 3; uint32 attempt = 4; }
message SandboxConfig { SandboxMetadata metadata = 1; string log_directory = 3; map<string, string> labels = 6; LinuxSandbox linux = 8; }
message ContainerMetadata { string name = 1; uint32 attempt = 2; }
message Image { string image = 1; }
message ContainerConfig { ContainerMetadata metadata = 1; Image image = 2; repeated string command = 3; map<string, string> labels = 9; string log_path = 11; }
message RunPodSandbox { SandboxConfig config = 1; }
message CreateContainer { string pod_sandbox_id = 1; ContainerConfig config = 2; SandboxConfig sandbox_config = 3; }
message Id { string id = 1; }
`;
const types = protobuf.parse(PROTO).root;
const NODE_NAMESPACE = 2;
const IMAGE = 'codexray.test/busybox:1';

export interface Pod {
	namespace: string;
	name: string;
	container: string;
}

/** A real containerd, driven as the kubelet does: pods over CRI, logs below /var/log/pods, links in /var/log/containers. */
export class Cri {
	private readonly files = new RuntimeFiles();
	readonly socket = join(this.files.dir, 'containerd.sock');
	private readonly sandboxes: string[] = [];
	private readonly pods: string[] = [];
	private readonly beside: { namespace: string; id: string }[] = [];
	private readonly traces: string[] = [];
	private session: ClientHttp2Session | undefined;

	async start(): Promise<void> {
		const { dir } = this.files;
		const config = join(dir, 'config.toml');
		writeFileSync(
			config,
			`version = 2
root = "${dir}/root"
state = "${dir}/state"
[grpc]
address = "${this.socket}"
[plugins."io.containerd.internal.v1.opt"]
path = "${dir}/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${IMAGE}"
disable_apparmor = true
restrict_oom_score_adj = true
`,
		);
		const daemon = this.files.daemon('containerd', ['--config', config, '--log-level', 'error']);
		await until(
			() => {
				if (daemon.exitCode !== null) throw new Error(`containerd ended with ${daemon.exitCode}`);
				try {
					return this.ctr('version');
				} catch {
					return undefined;
				}
			},
			() => 'containerd does not answer',
		);
		this.ctr('--namespace', 'k8s.io', 'images', 'import', this.writeImage());
		const { socket } = this;
		this.session = connect('http://localhost', { createConnection: () => createConnection(socket) });
	}

	/** Starts a shell script in a pod of one container; returns the container's id. */
	async run({ namespace, name, container }: Pod, script: string): Promise<string> {
		const uid = crypto.randomUUID();
		const logs = `/var/log/pods/${namespace}_${name}_${uid}`;
		this.traces.push(logs);
		this.pods.push(`/kubepods/besteffort/pod${uid}`);
		mkdirSync(join(logs, container), { recursive: true });
		const labels = {
			'io.kubernetes.pod.name': name,
			'io.kubernetes.pod.namespace': namespace,
			'io.kubernetes.pod.uid': uid,
		};
		const sandbox = {
			metadata: { name, uid, namespace },
			labels,
			logDirectory: logs,
			linux: {
				cgroupParent: this.pods.at(-1),
				securityContext: { namespaceOptions: { network: NODE_NAMESPACE } },
			},
		};
		const podSandboxId = await this.call('RunPodSandbox', 'RunPodSandbox', { config: sandbox });
		this.sandboxes.push(podSandboxId);
		const id = await this.call('CreateContainer', 'CreateContainer', {
			podSandboxId,
			config: {
				metadata: { name: container },
				labels: { ...labels, 'io.kubernetes.container.name': container },
				image: { image: IMAGE },
				command: ['/bin/sh', '-c', script],
				logPath: `${container}/0.log`,
			},
			sandboxConfig: sandbox,
		});
		const link = `/var/log/containers/${name}_${namespace}_${container}-${id}.log`;
		mkdirSync('/var/log/containers', { recursive: true });
		symlinkSync(join(logs, container, '0.log'), link);
		this.traces.push(link);
		await this.call('StartContainer', 'Id', { id });
		return id;
	}

	/**
	 * Starts a container beside those of Kubernetes, with the labels that nerdctl gives; returns its id. nerdctl itself is
	 * not in Debian.
	 */
	runBeside(namespace: string, name: string): string {
		const id = randomBytes(32).toString('hex');
		this.ctr('--namespace', namespace, 'images', 'import', join(this.files.dir, 'image.tar'));
		const labels = ['--label', `nerdctl/name=${name}`, '--label', `nerdctl/namespace=${namespace}`];
		this.ctr(...['--namespace', namespace, 'run', '--detach', ...labels, IMAGE, id, '/bin/sleep', '1000000']);
		this.beside.push({ namespace, id });
		return id;
	}

	async close(): Promise<void> {
		for (const { namespace, id } of this.beside) {
			this.ctr('--namespace', namespace, 'tasks', 'kill', '--signal', 'KILL', id);
			await until(
				() => (this.ctr('--namespace', namespace, 'tasks', 'list').includes('STOPPED') ? true : undefined),
				() => `${id} does not end`,
			);
			this.ctr('--namespace', namespace, 'tasks', 'delete', id);
			this.ctr('--namespace', namespace, 'containers', 'delete', id);
		}
		for (const id of this.sandboxes) {
			await this.call('StopPodSandbox', 'Id', { id });
			await this.call('RemovePodSandbox', 'Id', { id });
		}
		this.session?.close();
		await this.files.close();
		for (const path of this.traces) rmSync(path, { recursive: true, force: true });
		// A pod's own cgroup is the kubelet's to remove.
		for (const pod of this.pods)
			for (const folder of globSync([`/sys/fs/cgroup${pod}`, `/sys/fs/cgroup/*${pod}`])) rmdirSync(folder);
	}

	private ctr(...args: string[]): string {
		return this.files.run('ctr', ['--address', this.socket, ...args]);
	}

	/** An archive as `docker save` makes it; its entry point waits for ever, as that of a pod's sandbox does. */
	private writeImage(): string {
		const { dir, rootfs } = this.files;
		const image = join(dir, 'image');
		mkdirSync(image);
		this.files.run('tar', ['-C', rootfs, '-cf', join(image, 'layer.tar'), '.']);
		const [digest] = this.files.run('sha256sum', [join(image, 'layer.tar')]).split(' ');
		const config = {
			architecture: process.arch === 'x64' ? 'amd64' : process.arch,
			os: 'linux',
			config: { Entrypoint: ['/bin/sleep', '1000000'], Env: ['PATH=/bin'] },
			rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
		};
		writeFileSync(join(image, 'config.json'), JSON.stringify(config));
		const manifest = [{ Config: 'config.json', RepoTags: [IMAGE], Layers: ['layer.tar'] }];
		writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest));
		this.files.run('tar', [
			...['-C', image, '-cf', join(dir, 'image.tar')],
			...['manifest.json', 'config.json', 'layer.tar'],
		]);
		return join(dir, 'image.tar');
	}

	/** A unary call of gRPC; the answer's first field, where there is one, is an id. */
	private call(method: string, type: string, request: Record<string, unknown>): Promise<string> {
		const message = types.lookupType(type);
		const body = message.encode(message.fromObject(request)).finish();
		const frame = Buffer.alloc(5 + body.length);
		frame.writeUInt32BE(body.length, 1);
		frame.set(body, 5);
		return new Promise((resolve, reject) => {
			const stream = this.session!.request({
				':method': 'POST',
				':path': `/runtime.v1.RuntimeService/${method}`,
				'content-type': 'application/grpc',
				te: 'trailers',
			});
			const chunks: Buffer[] = [];
			let status: string | undefined;
			let reason: string | undefined;
			const note = (headers: Record<string, unknown>) => {
				status = (headers['grpc-status'] as string | undefined) ?? status;
				reason = (headers['grpc-message'] as string | undefined) ?? reason;
			};
			stream.on('response', note);
			stream.on('trailers', note);
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('error', reject);
			stream.on('end', () => {
				if (status !== '0')
					return reject(new Error(`${method}: ${decodeURIComponent(reason ?? `${status}`)}`));
				const answer = Buffer.concat(chunks).subarray(5);
				resolve((types.lookupType('Id').decode(answer) as unknown as { id: string }).id);
			});
			stream.end(frame);
		});
	}
}
