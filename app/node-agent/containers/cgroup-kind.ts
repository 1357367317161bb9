/** From a cgroup path to what runs there: the container runtime and its own id. */

export type CgroupKind =
	| 'docker'
	| 'containerd'
	| 'crio'
	| 'podman'
	| 'sandbox'
	| 'systemd'
	| 'lxc'
	| 'nspawn'
	| 'talos'
	| 'standalone'
	| 'unknown';

export interface CgroupOwner {
	kind: CgroupKind;
	/** The runtime's id (64 hex digits), a name, or a path; empty when there is none. */
	rawId: string;
	/** The path up to the cgroup that was made for it; what it makes for itself lies below. */
	path: string;
}

interface Rule {
	kind: CgroupKind;
	pattern: RegExp;
	/** Default: the first group. */
	rawId?: (match: RegExpMatchArray) => string;
}

const SYSTEMD_SLICES = 'system|runtime|reserved|kube|azure|podruntime';

/** In order; the first that matches decides. */
const RULES: Rule[] = [
	{ kind: 'talos', pattern: /^\/(?:init$|init\/)/, rawId: () => '/talos/init' },
	{ kind: 'talos', pattern: /^\/(?:system|podruntime)\/([^/]+)/, rawId: (m) => `/talos/${m[1]}` },
	// Monitors of containers, beside the containers in the same slice.
	{ kind: 'standalone', pattern: /\/(?:crio-conmon|libpod-conmon)-[0-9a-f]{64}/, rawId: () => '' },
	{ kind: 'crio', pattern: /kubepods.*\/crio-([0-9a-f]{64})/ },
	{ kind: 'containerd', pattern: /kubepods.*cri-containerd[-:]([0-9a-f]{64})/ },
	{ kind: 'docker', pattern: /kubepods.*?([0-9a-f]{64})/ },
	{ kind: 'sandbox', pattern: /kubepods.*/, rawId: () => '' },
	{ kind: 'docker', pattern: /^\/docker\/([0-9a-f]{64})/ },
	{ kind: 'docker', pattern: /\/docker-([0-9a-f]{64})\.scope/ },
	{ kind: 'docker', pattern: /^\/ecs\/.*\/([0-9a-f]{64})/ },
	{ kind: 'containerd', pattern: /\/(?:nerdctl|cri-containerd)-([0-9a-f]{64})\.scope/ },
	{ kind: 'containerd', pattern: /^\/(?:default|k8s\.io)\/([0-9a-f]{64})$/ },
	{ kind: 'podman', pattern: /\/libpod-([0-9a-f]{64})(?:\.scope)?(?:\/|$)/ },
	// Virtual machines of libvirt.
	{ kind: 'standalone', pattern: /^\/machine\.slice\/machine-qemu\\x2d/, rawId: () => '' },
	{
		kind: 'nspawn',
		pattern: /^\/machine\.slice\/(?:machine-|systemd-nspawn@)(.+?)\.(?:scope|service)/,
		rawId: unescaped,
	},
	{ kind: 'lxc', pattern: /^\/lxc\/([^/]+)/ },
	{ kind: 'lxc', pattern: /^\/lxc\.payload\.([^/]+)/ },
	{ kind: 'standalone', pattern: /^\/(?:user\.slice|init\.scope|systemd)/, rawId: () => '' },
	{
		kind: 'systemd',
		pattern: new RegExp(`^(/(?:${SYSTEMD_SLICES})\\.slice)/([^/]+)`),
		rawId: (m) => (m[2]!.endsWith('.scope') ? '' : unescapeUnit(`${m[1]}/${m[2]}`)),
	},
	{ kind: 'standalone', pattern: /^\/[^/]+$/, rawId: () => '' },
];

/** Whether a runtime made it for a container, so that no service's cgroup can be meant. */
export function isContainerKind(kind: CgroupKind): boolean {
	return ['docker', 'containerd', 'crio', 'podman', 'lxc', 'nspawn'].includes(kind);
}

/** Decides by the shape of the path alone. */
export function classifyCgroup(path: string): CgroupOwner {
	for (const rule of RULES) {
		const match = path.match(rule.pattern);
		if (match === null) continue;
		const rawId = rule.rawId ? rule.rawId(match) : match[1]!;
		if (rule.kind === 'systemd' && rawId === '') return { kind: 'standalone', rawId: '', path };
		const end = path.indexOf('/', match.index! + match[0].replace(/\/$/, '').length);
		return { kind: rule.kind, rawId, path: end < 0 ? path : path.slice(0, end) };
	}
	return { kind: 'unknown', rawId: '', path };
}

function unescaped(match: RegExpMatchArray): string {
	return unescapeUnit(match[1]!);
}

/** systemd writes a dash inside a name as `\x2d`. */
function unescapeUnit(name: string): string {
	return name.replaceAll('\\x2d', '-');
}
