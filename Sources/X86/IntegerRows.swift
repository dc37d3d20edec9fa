/// General purpose and system instructions in the notation of SDM Vol. 2D, Appendix A; the columns are explained at `InstructionTable`.
extension InstructionTable {
    static let integerRows: StaticString = """
        # Arithmetic and logic
        00 /r           ADD         Eb,Gb      w:oszapc lock
        01 /r           ADD         Ev,Gv      w:oszapc lock
        02 /r           ADD         Gb,Eb      w:oszapc
        03 /r           ADD         Gv,Ev      w:oszapc
        04              ADD         AL,Ib      w:oszapc
        05              ADD         eAX,Iz     w:oszapc
        80 /0           ADD         Eb,Ib      w:oszapc lock
        81 /0           ADD         Ev,Iz      w:oszapc lock
        82 /0           ADD         Eb,Ib      w:oszapc lock
        83 /0           ADD         Ev,sIb     w:oszapc lock
        08 /r           OR          Eb,Gb      w:oszpc u:a lock
        09 /r           OR          Ev,Gv      w:oszpc u:a lock
        0A /r           OR          Gb,Eb      w:oszpc u:a
        0B /r           OR          Gv,Ev      w:oszpc u:a
        0C              OR          AL,Ib      w:oszpc u:a
        0D              OR          eAX,Iz     w:oszpc u:a
        80 /1           OR          Eb,Ib      w:oszpc u:a lock
        81 /1           OR          Ev,Iz      w:oszpc u:a lock
        82 /1           OR          Eb,Ib      w:oszpc u:a lock
        83 /1           OR          Ev,sIb     w:oszpc u:a lock
        10 /r           ADC         Eb,Gb      r:c w:oszapc lock
        11 /r           ADC         Ev,Gv      r:c w:oszapc lock
        12 /r           ADC         Gb,Eb      r:c w:oszapc
        13 /r           ADC         Gv,Ev      r:c w:oszapc
        14              ADC         AL,Ib      r:c w:oszapc
        15              ADC         eAX,Iz     r:c w:oszapc
        80 /2           ADC         Eb,Ib      r:c w:oszapc lock
        81 /2           ADC         Ev,Iz      r:c w:oszapc lock
        82 /2           ADC         Eb,Ib      r:c w:oszapc lock
        83 /2           ADC         Ev,sIb     r:c w:oszapc lock
        18 /r           SBB         Eb,Gb      r:c w:oszapc lock
        19 /r           SBB         Ev,Gv      r:c w:oszapc lock
        1A /r           SBB         Gb,Eb      r:c w:oszapc
        1B /r           SBB         Gv,Ev      r:c w:oszapc
        1C              SBB         AL,Ib      r:c w:oszapc
        1D              SBB         eAX,Iz     r:c w:oszapc
        80 /3           SBB         Eb,Ib      r:c w:oszapc lock
        81 /3           SBB         Ev,Iz      r:c w:oszapc lock
        82 /3           SBB         Eb,Ib      r:c w:oszapc lock
        83 /3           SBB         Ev,sIb     r:c w:oszapc lock
        20 /r           AND         Eb,Gb      w:oszpc u:a lock
        21 /r           AND         Ev,Gv      w:oszpc u:a lock
        22 /r           AND         Gb,Eb      w:oszpc u:a
        23 /r           AND         Gv,Ev      w:oszpc u:a
        24              AND         AL,Ib      w:oszpc u:a
        25              AND         eAX,Iz     w:oszpc u:a
        80 /4           AND         Eb,Ib      w:oszpc u:a lock
        81 /4           AND         Ev,Iz      w:oszpc u:a lock
        82 /4           AND         Eb,Ib      w:oszpc u:a lock
        83 /4           AND         Ev,sIb     w:oszpc u:a lock
        28 /r           SUB         Eb,Gb      w:oszapc lock
        29 /r           SUB         Ev,Gv      w:oszapc lock
        2A /r           SUB         Gb,Eb      w:oszapc
        2B /r           SUB         Gv,Ev      w:oszapc
        2C              SUB         AL,Ib      w:oszapc
        2D              SUB         eAX,Iz     w:oszapc
        80 /5           SUB         Eb,Ib      w:oszapc lock
        81 /5           SUB         Ev,Iz      w:oszapc lock
        82 /5           SUB         Eb,Ib      w:oszapc lock
        83 /5           SUB         Ev,sIb     w:oszapc lock
        30 /r           XOR         Eb,Gb      w:oszpc u:a lock
        31 /r           XOR         Ev,Gv      w:oszpc u:a lock
        32 /r           XOR         Gb,Eb      w:oszpc u:a
        33 /r           XOR         Gv,Ev      w:oszpc u:a
        34              XOR         AL,Ib      w:oszpc u:a
        35              XOR         eAX,Iz     w:oszpc u:a
        80 /6           XOR         Eb,Ib      w:oszpc u:a lock
        81 /6           XOR         Ev,Iz      w:oszpc u:a lock
        82 /6           XOR         Eb,Ib      w:oszpc u:a lock
        83 /6           XOR         Ev,sIb     w:oszpc u:a lock
        38 /r           CMP         Eb,Gb      w:oszapc
        39 /r           CMP         Ev,Gv      w:oszapc
        3A /r           CMP         Gb,Eb      w:oszapc
        3B /r           CMP         Gv,Ev      w:oszapc
        3C              CMP         AL,Ib      w:oszapc
        3D              CMP         eAX,Iz     w:oszapc
        80 /7           CMP         Eb,Ib      w:oszapc
        81 /7           CMP         Ev,Iz      w:oszapc
        82 /7           CMP         Eb,Ib      w:oszapc
        83 /7           CMP         Ev,sIb     w:oszapc
        27              DAA         -          r:ac w:szapc u:o
        2F              DAS         -          r:ac w:szapc u:o
        37              AAA         -          r:a w:ac u:oszp
        3F              AAS         -          r:a w:ac u:oszp
        D4              AAM         Ib         w:szp u:oac
        D5              AAD         Ib         w:szp u:oac
        40+r            INC         Zv         w:oszap
        48+r            DEC         Zv         w:oszap
        FE /0           INC         Eb         w:oszap lock
        FE /1           DEC         Eb         w:oszap lock
        FF /0           INC         Ev         w:oszap lock
        FF /1           DEC         Ev         w:oszap lock
        F6 /0           TEST        Eb,Ib      w:oszpc u:a
        F6 /1           TEST        Eb,Ib      w:oszpc u:a
        F6 /2           NOT         Eb         lock
        F6 /3           NEG         Eb         w:oszapc lock
        F6 /4           MUL         Eb         w:oc u:szap
        F6 /5           IMUL        Eb         w:oc u:szap
        F6 /6           DIV         Eb         u:oszapc
        F6 /7           IDIV        Eb         u:oszapc
        F7 /0           TEST        Ev,Iz      w:oszpc u:a
        F7 /1           TEST        Ev,Iz      w:oszpc u:a
        F7 /2           NOT         Ev         lock
        F7 /3           NEG         Ev         w:oszapc lock
        F7 /4           MUL         Ev         w:oc u:szap
        F7 /5           IMUL        Ev         w:oc u:szap
        F7 /6           DIV         Ev         u:oszapc
        F7 /7           IDIV        Ev         u:oszapc
        84 /r           TEST        Eb,Gb      w:oszpc u:a
        85 /r           TEST        Ev,Gv      w:oszpc u:a
        A8              TEST        AL,Ib      w:oszpc u:a
        A9              TEST        eAX,Iz     w:oszpc u:a
        69 /r           IMUL        Gv,Ev,Iz   =IMUL_G w:oc u:szap
        6B /r           IMUL        Gv,Ev,sIb  =IMUL_G w:oc u:szap
        0F AF /r        IMUL        Gv,Ev      =IMUL_G w:oc u:szap
        98              CBW         -          width:v
        99              CWD         -          width:v
        # Shifts, rotates and bits
        C0 /0           ROL         Eb,Ib      m:oc u:o
        C1 /0           ROL         Ev,Ib      m:oc u:o
        D0 /0           ROL         Eb,1       w:oc
        D1 /0           ROL         Ev,1       w:oc
        D2 /0           ROL         Eb,CL      m:oc u:o
        D3 /0           ROL         Ev,CL      m:oc u:o
        C0 /1           ROR         Eb,Ib      m:oc u:o
        C1 /1           ROR         Ev,Ib      m:oc u:o
        D0 /1           ROR         Eb,1       w:oc
        D1 /1           ROR         Ev,1       w:oc
        D2 /1           ROR         Eb,CL      m:oc u:o
        D3 /1           ROR         Ev,CL      m:oc u:o
        C0 /2           RCL         Eb,Ib      r:c m:oc u:o
        C1 /2           RCL         Ev,Ib      r:c m:oc u:o
        D0 /2           RCL         Eb,1       r:c w:oc
        D1 /2           RCL         Ev,1       r:c w:oc
        D2 /2           RCL         Eb,CL      r:c m:oc u:o
        D3 /2           RCL         Ev,CL      r:c m:oc u:o
        C0 /3           RCR         Eb,Ib      r:c m:oc u:o
        C1 /3           RCR         Ev,Ib      r:c m:oc u:o
        D0 /3           RCR         Eb,1       r:c w:oc
        D1 /3           RCR         Ev,1       r:c w:oc
        D2 /3           RCR         Eb,CL      r:c m:oc u:o
        D3 /3           RCR         Ev,CL      r:c m:oc u:o
        C0 /4           SHL         Eb,Ib      m:oszpc u:oa
        C1 /4           SHL         Ev,Ib      m:oszpc u:oa
        D0 /4           SHL         Eb,1       w:oszpc u:a
        D1 /4           SHL         Ev,1       w:oszpc u:a
        D2 /4           SHL         Eb,CL      m:oszpc u:oa
        D3 /4           SHL         Ev,CL      m:oszpc u:oa
        C0 /5           SHR         Eb,Ib      m:oszpc u:oa
        C1 /5           SHR         Ev,Ib      m:oszpc u:oa
        D0 /5           SHR         Eb,1       w:oszpc u:a
        D1 /5           SHR         Ev,1       w:oszpc u:a
        D2 /5           SHR         Eb,CL      m:oszpc u:oa
        D3 /5           SHR         Ev,CL      m:oszpc u:oa
        C0 /6           SAL         Eb,Ib      =SHL m:oszpc u:oa
        C1 /6           SAL         Ev,Ib      =SHL m:oszpc u:oa
        D0 /6           SAL         Eb,1       =SHL w:oszpc u:a
        D1 /6           SAL         Ev,1       =SHL w:oszpc u:a
        D2 /6           SAL         Eb,CL      =SHL m:oszpc u:oa
        D3 /6           SAL         Ev,CL      =SHL m:oszpc u:oa
        C0 /7           SAR         Eb,Ib      m:oszpc u:oa
        C1 /7           SAR         Ev,Ib      m:oszpc u:oa
        D0 /7           SAR         Eb,1       w:oszpc u:a
        D1 /7           SAR         Ev,1       w:oszpc u:a
        D2 /7           SAR         Eb,CL      m:oszpc u:oa
        D3 /7           SAR         Ev,CL      m:oszpc u:oa
        0F A4 /r        SHLD        Ev,Gv,Ib   m:oszpc u:oa
        0F A5 /r        SHLD        Ev,Gv,CL   m:oszpc u:oa
        0F AC /r        SHRD        Ev,Gv,Ib   m:oszpc u:oa
        0F AD /r        SHRD        Ev,Gv,CL   m:oszpc u:oa
        0F A3 /r        BT          Ev,Gv      w:c u:oszap
        0F BA /4        BT          Ev,Ib      w:c u:oszap
        0F AB /r        BTS         Ev,Gv      w:c u:oszap lock
        0F BA /5        BTS         Ev,Ib      w:c u:oszap lock
        0F B3 /r        BTR         Ev,Gv      w:c u:oszap lock
        0F BA /6        BTR         Ev,Ib      w:c u:oszap lock
        0F BB /r        BTC         Ev,Gv      w:c u:oszap lock
        0F BA /7        BTC         Ev,Ib      w:c u:oszap lock
        0F BC /r        BSF         Gv,Ev      w:z u:oszapc
        0F BD /r        BSR         Gv,Ev      w:z u:oszapc
        0F C8+r         BSWAP       Zv
        F3 0F B8 /r     POPCNT      Gv,Ev      w:oszapc since:max
        F2 0F 38 F0 /r  CRC32       Gd,Eb      since:max
        F2 0F 38 F1 /r  CRC32       Gd,Ev      since:max
        # Flags
        F8              CLC         -          w:c
        F9              STC         -          w:c
        F5              CMC         -          r:c w:c
        FC              CLD         -          w:d
        FD              STD         -          w:d
        FA              CLI         -          w:i
        FB              STI         -          w:i ends
        9E              SAHF        -          w:szapc
        9F              LAHF        -          r:szapc
        D6              SALC        -          r:c
        9C              PUSHF       -          width:v r:oszapcdi
        9D              POPF        -          width:v w:oszapcd m:i ends
        # Moves, stack and exchanges
        88 /r           MOV         Eb,Gb
        89 /r           MOV         Ev,Gv
        8A /r           MOV         Gb,Eb
        8B /r           MOV         Gv,Ev
        B0+r            MOV         Zb,Ib
        B8+r            MOV         Zv,Iz
        C6 /0           MOV         Eb,Ib
        C7 /0           MOV         Ev,Iz
        A0              MOV         AL,Ob      =MOV_MOFFS_LOAD
        A1              MOV         eAX,Ov     =MOV_MOFFS_LOAD
        A2              MOV         Ob,AL      =MOV_MOFFS_STORE
        A3              MOV         Ov,eAX     =MOV_MOFFS_STORE
        8C /0           MOV         Ev,Sw      =MOV_SEG_STORE
        8C /1           MOV         Ev,Sw      =MOV_SEG_STORE
        8C /2           MOV         Ev,Sw      =MOV_SEG_STORE
        8C /3           MOV         Ev,Sw      =MOV_SEG_STORE
        8C /4           MOV         Ev,Sw      =MOV_SEG_STORE
        8C /5           MOV         Ev,Sw      =MOV_SEG_STORE
        8E /0           MOV         Sw,Ew      =MOV_SEG_LOAD
        8E /2           MOV         Sw,Ew      =MOV_SEG_LOAD ends
        8E /3           MOV         Sw,Ew      =MOV_SEG_LOAD
        8E /4           MOV         Sw,Ew      =MOV_SEG_LOAD
        8E /5           MOV         Sw,Ew      =MOV_SEG_LOAD
        8D /r           LEA         Gv,M
        0F B6 /r        MOVZX       Gv,Eb
        0F B7 /r        MOVZX       Gv,Ew
        0F BE /r        MOVSX       Gv,Eb
        0F BF /r        MOVSX       Gv,Ew
        86 /r           XCHG        Eb,Gb      lock
        87 /r           XCHG        Ev,Gv      lock
        91              XCHG        Zv,eAX
        92              XCHG        Zv,eAX
        93              XCHG        Zv,eAX
        94              XCHG        Zv,eAX
        95              XCHG        Zv,eAX
        96              XCHG        Zv,eAX
        97              XCHG        Zv,eAX
        0F B0 /r        CMPXCHG     Eb,Gb      w:oszapc lock
        0F B1 /r        CMPXCHG     Ev,Gv      w:oszapc lock
        0F C0 /r        XADD        Eb,Gb      w:oszapc lock
        0F C1 /r        XADD        Ev,Gv      w:oszapc lock
        0F C7 /1        CMPXCHG8B   Mq         w:z lock since:pentium
        0F C7 /6r       RDRAND      Ev         w:oszapc since:max
        D7              XLAT        -          width:b
        50+r            PUSH        Zv
        58+r            POP         Zv
        68              PUSH        Iz
        6A              PUSH        sIb        width:v
        FF /6           PUSH        Ev
        8F /0           POP         Ev
        06              PUSH        ES         =PUSH_SEG k:0 width:v
        07              POP         ES         =POP_SEG k:0 width:v
        0E              PUSH        CS         =PUSH_SEG k:1 width:v
        16              PUSH        SS         =PUSH_SEG k:2 width:v
        17              POP         SS         =POP_SEG k:2 width:v ends
        1E              PUSH        DS         =PUSH_SEG k:3 width:v
        1F              POP         DS         =POP_SEG k:3 width:v
        0F A0           PUSH        FS         =PUSH_SEG k:4 width:v
        0F A1           POP         FS         =POP_SEG k:4 width:v
        0F A8           PUSH        GS         =PUSH_SEG k:5 width:v
        0F A9           POP         GS         =POP_SEG k:5 width:v
        60              PUSHA       -          width:v
        61              POPA        -          width:v
        C8              ENTER       Iw,Ib      width:v
        C9              LEAVE       -          width:v
        C4 /r           LES         Gv,Mp      =LOAD_FAR k:0
        C5 /r           LDS         Gv,Mp      =LOAD_FAR k:3
        0F B2 /r        LSS         Gv,Mp      =LOAD_FAR k:2 ends
        0F B4 /r        LFS         Gv,Mp      =LOAD_FAR k:4
        0F B5 /r        LGS         Gv,Mp      =LOAD_FAR k:5
        0F 90+cc /r     SETcc       Eb         =SETCC r:cc
        0F 40+cc /r     CMOVcc      Gv,Ev      =CMOVCC r:cc since:p6
        NP 0F C3 /r     MOVNTI      Md,Gd      since:p4
        # Strings and ports
        A4              MOVS        Yb,Xb      r:d
        A5              MOVS        Yv,Xv      r:d
        A6              CMPS        Xb,Yb      r:d m:oszapc
        A7              CMPS        Xv,Yv      r:d m:oszapc
        AA              STOS        Yb,AL      r:d
        AB              STOS        Yv,eAX     r:d
        AC              LODS        AL,Xb      r:d
        AD              LODS        eAX,Xv     r:d
        AE              SCAS        AL,Yb      r:d m:oszapc
        AF              SCAS        eAX,Yv     r:d m:oszapc
        6C              INS         Yb,DX      r:d ends
        6D              INS         Yz,DX      r:d ends
        6E              OUTS        DX,Xb      r:d ends
        6F              OUTS        DX,Xz      r:d ends
        E4              IN          AL,Ib      =IN_I ends
        E5              IN          eAX,Ib     =IN_I ends
        E6              OUT         Ib,AL      =OUT_I ends
        E7              OUT         Ib,eAX     =OUT_I ends
        EC              IN          AL,DX      =IN_DX ends
        ED              IN          eAX,DX     =IN_DX ends
        EE              OUT         DX,AL      =OUT_DX ends
        EF              OUT         DX,eAX     =OUT_DX ends
        # Control transfer
        70+cc           Jcc         Jb         =JCC r:cc ends
        0F 80+cc        Jcc         Jz         =JCC r:cc ends
        E8              CALL        Jz         ends
        E9              JMP         Jz         ends
        EB              JMP         Jb         ends
        9A              CALL        Ap         =CALL_FAR ends
        EA              JMP         Ap         =JMP_FAR ends
        FF /2           CALL        Ev         =CALL_E ends
        FF /3           CALL        Mp         =CALL_FAR_E ends
        FF /4           JMP         Ev         =JMP_E ends
        FF /5           JMP         Mp         =JMP_FAR_E ends
        C2              RET         Iw         width:v ends
        C3              RET         -          width:v ends
        CA              RETF        Iw         =RET_FAR width:v ends
        CB              RETF        -          =RET_FAR width:v ends
        CF              IRET        -          width:v w:oszapcd m:i ends
        E0              LOOPNE      Jb         r:z ends
        E1              LOOPE       Jb         r:z ends
        E2              LOOP        Jb         ends
        E3              JECXZ       Jb         ends
        CC              INT3        -          ends
        CD              INT         Ib         ends
        CE              INTO        -          r:o ends
        F1              INT1        -          ends
        62 /r           BOUND       Gv,Ma
        0F 0B           UD2         -          ends
        0F B9 /r        UD1         Gv,Ev      ends
        0F FF /r        UD0         Gv,Ev      ends
        # System
        90              NOP         -
        0F 0D /r        NOP         Ev         =NOP_E since:p6
        0F 18 /r        NOP         Ev         =NOP_E since:p6
        0F 19 /r        NOP         Ev         =NOP_E since:p6
        0F 1A /r        NOP         Ev         =NOP_E since:p6
        0F 1B /r        NOP         Ev         =NOP_E since:p6
        0F 1C /r        NOP         Ev         =NOP_E since:p6
        0F 1D /r        NOP         Ev         =NOP_E since:p6
        0F 1E /r        NOP         Ev         =NOP_E since:p6
        0F 1F /r        NOP         Ev         =NOP_E since:p6
        F4              HLT         -          ring0 ends
        9B              FWAIT       -          =WAIT
        63 /r           ARPL        Ew,Gw      w:z
        0F 00 /0        SLDT        Ev
        0F 00 /1        STR         Ev
        0F 00 /2        LLDT        Ew         ring0 ends
        0F 00 /3        LTR         Ew         ring0 ends
        0F 00 /4        VERR        Ew         w:z
        0F 00 /5        VERW        Ew         w:z
        0F 01 /0        SGDT        Ms
        0F 01 /1        SIDT        Ms
        0F 01 /2        LGDT        Ms         ring0 ends
        0F 01 /3        LIDT        Ms         ring0 ends
        0F 01 /4        SMSW        Ev
        0F 01 /6        LMSW        Ew         ring0 ends
        0F 01 /7        INVLPG      Mb         ring0 ends
        0F 01 C8        MONITOR     -          since:max
        0F 01 C9        MWAIT       -          since:max ends
        0F 02 /r        LAR         Gv,Ew      w:z
        0F 03 /r        LSL         Gv,Ew      w:z
        0F 06           CLTS        -          ring0 ends
        0F 08           INVD        -          ring0 ends
        0F 09           WBINVD      -          ring0 ends
        0F 20 /0        MOV         Rd,Cd      =MOV_FROM_CR ring0 u:oszapc
        0F 20 /2        MOV         Rd,Cd      =MOV_FROM_CR ring0 u:oszapc
        0F 20 /3        MOV         Rd,Cd      =MOV_FROM_CR ring0 u:oszapc
        0F 20 /4        MOV         Rd,Cd      =MOV_FROM_CR ring0 u:oszapc
        0F 21 /0        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 21 /1        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 21 /2        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 21 /3        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 21 /4        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 21 /5        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 21 /6        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 21 /7        MOV         Rd,Dd      =MOV_FROM_DR ring0 u:oszapc
        0F 22 /0        MOV         Cd,Rd      =MOV_TO_CR ring0 ends u:oszapc
        0F 22 /2        MOV         Cd,Rd      =MOV_TO_CR ring0 ends u:oszapc
        0F 22 /3        MOV         Cd,Rd      =MOV_TO_CR ring0 ends u:oszapc
        0F 22 /4        MOV         Cd,Rd      =MOV_TO_CR ring0 ends u:oszapc
        0F 23 /0        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F 23 /1        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F 23 /2        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F 23 /3        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F 23 /4        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F 23 /5        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F 23 /6        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F 23 /7        MOV         Dd,Rd      =MOV_TO_DR ring0 ends u:oszapc
        0F A2           CPUID       -
        0F 31           RDTSC       -          since:pentium
        0F 33           RDPMC       -          since:mmx
        0F 30           WRMSR       -          ring0 ends since:pentium
        0F 32           RDMSR       -          ring0 since:pentium
        0F 34           SYSENTER    -          ends since:p2 w:i
        0F 35           SYSEXIT     -          ring0 ends since:p2
        0F AA           RSM         -          ends
        NP 0F AE /5r    LFENCE      -          since:p4
        NP 0F AE /6r    MFENCE      -          since:p4
        NP 0F AE /7r    SFENCE      -          since:p3
        NP 0F AE /7     CLFLUSH     Mb         since:p4
        """
}
