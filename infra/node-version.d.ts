export declare function complaintAboutNode(version: string, path: string): string | undefined;
